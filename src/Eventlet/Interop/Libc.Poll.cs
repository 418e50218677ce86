using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>poll.h.</summary>
internal static unsafe partial class Libc
{
    internal const short POLLIN = 0x1;
    internal const short POLLPRI = 0x2;
    internal const short POLLOUT = 0x4;
    internal const short POLLERR = 0x8;
    internal const short POLLHUP = 0x10;
    internal const short POLLNVAL = 0x20;

    /// <summary>Linux only.</summary>
    internal const short POLLRDHUP = 0x2000;

    [LibraryImport("libc")]
    internal static partial int poll(PollFd* fds, nuint nfds, int timeout);

    /// <summary>Not on macOS.</summary>
    [LibraryImport("libc")]
    internal static partial int ppoll(PollFd* fds, nuint nfds, Timespec* timeout, void* sigmask);
}
