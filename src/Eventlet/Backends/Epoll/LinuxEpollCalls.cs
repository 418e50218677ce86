using System.Runtime.CompilerServices;
using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The real ones.</summary>
internal readonly unsafe struct LinuxEpollCalls : IEpollCalls
{
    /// <inheritdoc/>
    public int Create() => Errno.Result(Libc.epoll_create1(Libc.EPOLL_CLOEXEC));

    /// <inheritdoc/>
    public int Control(int epoll, int operation, int fd, byte* @event) =>
        Errno.Result(Libc.epoll_ctl(epoll, operation, fd, @event));

    /// <inheritdoc/>
    public int Wait(int epoll, byte* events, int capacity, int milliseconds) =>
        Errno.Result(Libc.epoll_wait(epoll, events, capacity, milliseconds));

    /// <inheritdoc/>
    public int Wait(int epoll, byte* events, int capacity, in Timespec timeout)
    {
        if (nint.Size != sizeof(long))
        {
            return -Errno.ENOSYS;
        }

        Timespec copy = timeout;
        return (int)Errno.Result(Libc.syscall_epoll_pwait2(Libc.SYS_epoll_pwait2, epoll, events, capacity, &copy, null, 0));
    }
}
