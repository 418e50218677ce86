using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The real ones.</summary>
internal readonly unsafe struct UnixSelectCalls : ISelectCalls
{
    /// <inheritdoc/>
    public int Select(int limit, nuint* read, nuint* write, nuint* except, TimeSpan timeout)
    {
        Timespec time = new(timeout);
        return Errno.Result(Libc.pselect(limit, read, write, except, timeout == Timeout.InfiniteTimeSpan ? null : &time, null));
    }

    /// <inheritdoc/>
    public int GetFlags(int fd) => Errno.Result(Libc.fcntl(fd, Libc.F_GETFD));
}
