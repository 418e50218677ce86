using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>sys/epoll.h.</summary>
internal static unsafe partial class Libc
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;
    internal const uint EPOLLIN = 0x1;
    internal const uint EPOLLPRI = 0x2;
    internal const uint EPOLLOUT = 0x4;
    internal const uint EPOLLERR = 0x8;
    internal const uint EPOLLHUP = 0x10;
    internal const uint EPOLLRDHUP = 0x2000;
    internal const uint EPOLLET = 0x80000000;

    /// <summary>__NR_epoll_pwait2: the same on every architecture (Linux 5.11). By number, since glibc has it only from 2.35.</summary>
    internal const int SYS_epoll_pwait2 = 441;

    [LibraryImport("libc")]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    internal static partial int epoll_ctl(int epfd, int op, int fd, byte* @event);

    [LibraryImport("libc")]
    internal static partial int epoll_wait(int epfd, byte* events, int maxevents, int timeout);

    /// <summary>epoll_pwait2(epfd, events, maxevents, timeout, sigmask, sigsetsize); 64-bit processes only, where timespec is the kernel's.</summary>
    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial nint syscall_epoll_pwait2(
        nint number, nint epfd, byte* events, nint maxevents, Timespec* timeout, void* sigmask, nint sigsetsize);
}
