using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>sys/select.h. The sets are arrays of machine words, as long as the caller likes: neither the kernel nor glibc's and musl's pselect know FD_SETSIZE.</summary>
internal static unsafe partial class Libc
{
    /// <summary>Descriptors that an fd_set of the C headers has room for.</summary>
    internal const int FD_SETSIZE = 1024;

    [LibraryImport("libc")]
    internal static partial int pselect(int nfds, nuint* readfds, nuint* writefds, nuint* exceptfds, Timespec* timeout, void* sigmask);
}
