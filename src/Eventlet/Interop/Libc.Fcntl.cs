using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>fcntl.h; values of Linux.</summary>
internal static partial class Libc
{
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_NOCTTY = 0x100;
    internal const int F_GETFD = 1;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int F_DUPFD_CLOEXEC = 1030;

    /// <summary>Fails with EBADF on whatever is no pipe.</summary>
    internal const int F_GETPIPE_SZ = 1032;

    internal const int FD_CLOEXEC = 1;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;

    /// <summary>For commands without an argument: F_GETFD fails with EBADF exactly when <paramref name="fd"/> is not open.</summary>
    [LibraryImport("libc")]
    internal static partial int fcntl(int fd, int cmd);

    /// <summary>For commands with a number. The argument is variadic in C, which Apple's arm64 passes differently: not for macOS.</summary>
    [LibraryImport("libc")]
    internal static partial int fcntl(int fd, int cmd, nint arg);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);
}
