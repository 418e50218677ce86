using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// Which file a descriptor means: device and inode, as sys/stat.h of Linux has them in front on 64-bit architectures. Sockets, pipes and files on a disk have inodes of
/// their own; what the kernel makes without a file system (eventfd, timerfd, epoll) shares one, so two of those look alike. Elsewhere nothing is told apart.
/// </summary>
internal readonly unsafe partial record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>More than struct stat has: 144 bytes on x86-64, 128 on arm64.</summary>
    private const int Room = 256;

    /// <summary>Asks the system.</summary>
    /// <returns>Zero, or the negative errno: there is no such descriptor.</returns>
    internal static int Of(int fd, out FileIdentity identity)
    {
        identity = default;
        if (!OperatingSystem.IsLinux() || sizeof(nint) != sizeof(ulong))
        {
            return Math.Min(Errno.Result(Libc.fcntl(fd, Libc.F_GETFD)), 0);
        }

        ulong* buffer = stackalloc ulong[Room / sizeof(ulong)];
        int result = Errno.Result(fstat(fd, buffer));
        if (result == 0)
        {
            identity = new FileIdentity(buffer[0], buffer[1]);
        }

        return result;
    }

    [LibraryImport("libc")]
    private static partial int fstat(int fd, void* status);
}
