using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>sys/event.h, and what of sys/ioctl.h goes with it; the values that macOS and FreeBSD share.</summary>
internal static unsafe partial class Libc
{
    internal const short EVFILT_READ = -1;
    internal const short EVFILT_WRITE = -2;
    internal const short EVFILT_USER_DARWIN = -10;
    internal const short EVFILT_USER_FREEBSD = -11;
    internal const ushort EV_ADD = 0x0001;
    internal const ushort EV_DELETE = 0x0002;
    internal const ushort EV_CLEAR = 0x0020;
    internal const ushort EV_RECEIPT = 0x0040;
    internal const ushort EV_ERROR = 0x4000;
    internal const ushort EV_EOF = 0x8000;
    internal const uint NOTE_TRIGGER = 0x0100_0000;

    /// <summary>_IO('f', 1): close-on-exec, without the argument that fcntl would want (see <see cref="fcntl(int, int, nint)"/>).</summary>
    internal const nuint FIOCLEX = 0x2000_6601;

    [LibraryImport("libc")]
    internal static partial int kqueue();

    [LibraryImport("libc")]
    internal static partial int kevent(int kq, Kevent* changes, int changeCount, Kevent* events, int eventCount, Timespec* timeout);

    /// <summary>For requests without an argument.</summary>
    [LibraryImport("libc")]
    internal static partial int ioctl(int fd, nuint request);

    [LibraryImport("libc")]
    internal static partial int isatty(int fd);
}
