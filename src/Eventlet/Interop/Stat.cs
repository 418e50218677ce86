using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// sys/stat.h of macOS and FreeBSD, for one question: what kind of file is behind a descriptor. struct stat has st_mode, 16 bits, behind the 32 bits
/// of st_dev on macOS, and behind three fields of 64 bits on FreeBSD 12 and later, on each of their architectures.
/// </summary>
internal static unsafe partial class Stat
{
    internal const int S_IFMT = 0xF000;
    internal const int S_IFCHR = 0x2000;
    internal const int S_IFDIR = 0x4000;
    internal const int S_IFBLK = 0x6000;
    internal const int S_IFREG = 0x8000;

    /// <summary>More than struct stat has on either: 144 bytes, 224 bytes.</summary>
    private const int Room = 512;

    /// <summary>One of the constants above or another kind; the negative errno if there is no such descriptor.</summary>
    internal static int Kind(int fd)
    {
        byte* buffer = stackalloc byte[Room];
        bool old = OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        int result = old ? Errno.Result(fstat64(fd, buffer)) : Errno.Result(fstat(fd, buffer));
        return result < 0 ? result : *(ushort*)(buffer + ModeOffset(OperatingSystem.IsFreeBSD())) & S_IFMT;
    }

    internal static int ModeOffset(bool isFreeBsd) => isFreeBsd ? 24 : 4;

    [LibraryImport("libc")]
    private static partial int fstat(int fd, byte* status);

    /// <summary>The name that it has on macOS on x86-64, where the plain one means the struct of 32-bit inodes.</summary>
    [LibraryImport("libc", EntryPoint = "fstat$INODE64")]
    private static partial int fstat64(int fd, byte* status);
}
