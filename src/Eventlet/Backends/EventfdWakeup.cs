using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>A wake-up by eventfd(2): one descriptor, and each write wakes edge-triggered watchers, read or not.</summary>
internal sealed class EventfdWakeup : HandleWakeup
{
    private EventfdWakeup(FileDescriptorHandle handle) : base(handle, handle)
    {
    }

    /// <inheritdoc/>
    internal override string Kind => "eventfd";

    /// <summary>Makes one; null where there is no eventfd, be it for seccomp or for a limit.</summary>
    internal static EventfdWakeup? TryOpen()
    {
        int fd = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        return fd < 0 ? null : new EventfdWakeup(new FileDescriptorHandle(fd));
    }

    private protected override bool EveryWriteIsAnEdge => true;

    private protected override int WriteSize => sizeof(ulong);
}
