using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// unistd.h. Functions of this class have the names and arguments of C and return what C returns: -1 with errno, which
/// <see cref="Errno.Result(int)"/> around the call turns into the negative number.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int SEEK_CUR = 1;

    /// <summary>Not on macOS.</summary>
    [LibraryImport("libc")]
    internal static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc")]
    internal static partial nint read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc")]
    internal static partial nint write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc")]
    internal static partial int close(int fd);

    /// <summary>Fails with ESPIPE on what has no position. For 64-bit processes, where off_t is a machine word everywhere.</summary>
    [LibraryImport("libc")]
    internal static partial nint lseek(int fd, nint offset, int whence);
}
