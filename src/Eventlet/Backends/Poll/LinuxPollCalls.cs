using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The real ones, with time-outs in nanoseconds.</summary>
internal readonly unsafe struct LinuxPollCalls : IPollCalls
{
    /// <inheritdoc/>
    public int Poll(PollFd* fds, int count, TimeSpan timeout)
    {
        Timespec limit = new(timeout);
        return Errno.Result(Libc.ppoll(fds, (nuint)count, timeout == Timeout.InfiniteTimeSpan ? null : &limit, null));
    }

    /// <inheritdoc/>
    public int GetFlags(int fd) => Errno.Result(Libc.fcntl(fd, Libc.F_GETFD));
}
