using System.Runtime.InteropServices;

namespace Eventlet.Testing.Native;

/// <summary>Calls that make descriptors and make them ready, as glibc and musl have them on Linux. They return -1 with errno.</summary>
internal static unsafe partial class Libc
{
    internal const int EAGAIN = 11;
    internal const int O_RDWR = 2;
    internal const int O_NOCTTY = 0x100;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int F_GETFD = 1;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int FD_CLOEXEC = 1;
    internal const int AF_UNIX = 1;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_DGRAM = 2;
    internal const int SHUT_WR = 1;
    internal const int CLOCK_MONOTONIC = 1;
    internal const uint IN_CREATE = 0x100;
    internal const int EPOLL_CTL_ADD = 1;
    internal const uint EPOLLIN = 1;
    internal const int SIG_BLOCK = 0;
    internal const int SIGWINCH = 28;
    internal const int SYS_pidfd_open = 434;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int socketpair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int timerfd_create(int clock, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int timerfd_settime(int fd, int flags, long* value, long* old);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int signalfd(int fd, ulong* mask, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int inotify_add_watch(int fd, string path, uint mask);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkfifo(string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    /// <summary>The event is twelve bytes on x86-64 and sixteen elsewhere; events come first, and no data is asked for.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_ctl(int epoll, int operation, int fd, uint* @event);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int unlockpt(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ptsname_r(int fd, byte* buffer, nint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second);

    /// <summary>The third argument is variadic in C: the same registers on Linux.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int shutdown(int fd, int how);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int raise(int signal);

    [LibraryImport("libc")]
    internal static partial int pthread_sigmask(int how, ulong* set, ulong* old);

    [LibraryImport("libc")]
    internal static partial nint pthread_self();

    [LibraryImport("libc")]
    internal static partial int pthread_kill(nint thread, int signal);
}
