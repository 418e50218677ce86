using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The real ones where there is no ppoll (macOS), with time-outs in milliseconds.</summary>
internal readonly unsafe struct PosixPollCalls : IPollCalls
{
    /// <inheritdoc/>
    public int Poll(PollFd* fds, int count, TimeSpan timeout) =>
        Errno.Result(Libc.poll(fds, (nuint)count, Timespec.Milliseconds(timeout)));

    /// <inheritdoc/>
    public int GetFlags(int fd) => Errno.Result(Libc.fcntl(fd, Libc.F_GETFD));
}
