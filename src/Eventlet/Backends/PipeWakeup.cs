using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>A wake-up by a pipe, where there is no eventfd.</summary>
internal sealed class PipeWakeup : HandleWakeup
{
    private PipeWakeup(FileDescriptorHandle reader, FileDescriptorHandle writer) : base(reader, writer)
    {
    }

    /// <inheritdoc/>
    internal override string Kind => "a pipe";

    /// <summary>Makes one.</summary>
    /// <exception cref="IOException">The system has no descriptors left.</exception>
    internal static unsafe PipeWakeup Open()
    {
        int* ends = stackalloc int[2];
        int result = Errno.Result(Libc.pipe2(ends, Libc.O_CLOEXEC | Libc.O_NONBLOCK));
        return result < 0
            ? throw Errno.ToException(-result, "pipe2")
            : new PipeWakeup(new FileDescriptorHandle(ends[0]), new FileDescriptorHandle(ends[1]));
    }
}
