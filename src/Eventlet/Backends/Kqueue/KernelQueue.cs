using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

/// <summary>
/// A kqueue, which is its own wake-up: an event of the user's kind in it, triggered from any thread, needs no further descriptor. It is
/// edge-triggered, so the kernel resets it when it is told, and nothing has to be read.
/// </summary>
internal sealed unsafe class KernelQueue<TCalls> : Wakeup where TCalls : struct, IKqueueCalls
{
    private readonly FileDescriptorHandle _handle;
    private TCalls _calls;

    /// <summary>Makes one.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    internal KernelQueue(TCalls calls)
    {
        _calls = calls;
        int kqueue = _calls.Create();
        _handle = kqueue >= 0 ? new FileDescriptorHandle(kqueue) : throw Errno.ToException(-kqueue, "kqueue");
        int result = Change(EV_ADD | EV_CLEAR, 0);
        if (result < 0)
        {
            Dispose();
            throw Errno.ToException(-result, "kevent: EVFILT_USER");
        }
    }

    /// <summary>The kqueue itself: a descriptor that no user of the hub can mean.</summary>
    internal override int Descriptor => _handle.Value;

    /// <inheritdoc/>
    internal override string Kind => "EVFILT_USER";

    /// <inheritdoc/>
    public override void Dispose() => _handle.Dispose();

    private protected override bool EveryWriteIsAnEdge => true;

    private protected override bool Signal()
    {
        bool held = false;
        try
        {
            if (_handle.IsClosed)
            {
                return false;
            }

            _handle.DangerousAddRef(ref held);
            int result;
            do
            {
                result = Change(0, NOTE_TRIGGER);
            }
            while (result == -Errno.EINTR);
            return result >= 0;
        }
        catch (ObjectDisposedException)
        {
            // Disposed since IsClosed was read: nobody is left to wake.
            return false;
        }
        finally
        {
            if (held)
            {
                _handle.DangerousRelease();
            }
        }
    }

    private protected override void Consume()
    {
        // The kernel has done it.
    }

    private int Change(ushort flags, uint filterFlags)
    {
        byte* room = stackalloc byte[TCalls.EntrySize];
        new Span<byte>(room, TCalls.EntrySize).Clear();
        Kevent* change = (Kevent*)room;
        change->Filter = TCalls.UserFilter;
        change->Flags = flags;
        change->FilterFlags = filterFlags;
        return _calls.Kevent(_handle.Value, change, 1, null, 0, null);
    }
}
