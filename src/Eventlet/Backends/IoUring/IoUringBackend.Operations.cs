using System.Buffers;
using System.Runtime.InteropServices;
using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

// The face of completions. Small receives go into buffers of the hub's and small sends are copied to its blocks: to pin memory costs more than to
// copy a few cache lines, and nothing of a user's is pinned while a connection is idle. Large ones use the user's memory, pinned.
internal sealed unsafe partial class IoUringBackend<TCalls>
{
    private readonly IoUringBlocks _blocks = new();

    /// <inheritdoc/>
    public bool HoldsReceived => _buffers is not null;

    /// <inheritdoc/>
    public ulong Receive(SafeHandle socket, Memory<byte> buffer, Expectation expects, ICompletionSink sink)
    {
        bool selects = _buffers is not null && ((expects & Expectation.Bulk) == 0 || buffer.Length <= IoUringBlocks.Size);

        // It is the user's memory, and may be gone: before anything is taken that would have to be given back.
        MemoryHandle pin = selects ? default : buffer.Pin();
        int number = _slots.Rent(IoUringKind.Receive);
        ref IoUringSlot slot = ref _slots[number];
        slot.Expects = expects;
        slot.SelectsBuffer = selects;
        slot.Length = selects ? Math.Min(buffer.Length, IoUringBlocks.Size) : buffer.Length;
        if (!selects)
        {
            Hold(ref slot, pin);
        }

        return Begin(number, socket, sink);
    }

    /// <inheritdoc/>
    public ulong Send(SafeHandle socket, ReadOnlyMemory<byte> buffer, bool isWhole, ICompletionSink sink)
    {
        bool copies = buffer.Length <= IoUringBlocks.Size;
        ReadOnlySpan<byte> bytes = copies ? buffer.Span : [];
        MemoryHandle pin = copies ? default : buffer.Pin();
        int number = _slots.Rent(IoUringKind.Send);
        ref IoUringSlot slot = ref _slots[number];
        slot.Length = buffer.Length;
        slot.Flags = (uint)(isWhole ? MSG_NOSIGNAL | MSG_WAITALL : MSG_NOSIGNAL);
        if (copies)
        {
            Copy(ref slot, bytes);
        }
        else
        {
            Hold(ref slot, pin);
        }

        return Begin(number, socket, sink);
    }

    /// <inheritdoc/>
    public ulong Accept(SafeHandle listener, ICompletionSink sink) => Begin(_slots.Rent(IoUringKind.Accept), listener, sink);

    private ulong Begin(int number, SafeHandle socket, ICompletionSink sink)
    {
        ref IoUringSlot slot = ref _slots[number];
        slot.Socket = socket;
        slot.Sink = sink;
        MakeDue(number);
        return _slots.NameOf(number);
    }

    private static void Hold(ref IoUringSlot slot, in MemoryHandle pin)
    {
        slot.IsPinned = true;
        slot.Pin = pin;
        slot.Address = (nint)pin.Pointer;
    }

    private void Copy(ref IoUringSlot slot, ReadOnlySpan<byte> bytes)
    {
        slot.Block = _blocks.Rent();
        byte* to = _blocks.AddressOf(slot.Block);
        bytes.CopyTo(new Span<byte>(to, bytes.Length));
        slot.Address = (nint)to;
    }

    /// <summary>An operation has ended, or must be tried again.</summary>
    private void Finish(int number, in IoUringCqe completion)
    {
        ref IoUringSlot slot = ref _slots[number];
        switch (completion.Result)
        {
            // Not by us: a cancellation of ours is taken back, or settled, where it is made.
            case -Errno.ECANCELED or -Errno.EINTR:
                MakeDue(number);
                return;

            // More came at once than there are buffers; those in use are given back before the next call.
            case -Errno.ENOBUFS when slot.SelectsBuffer:
                slot.Expects |= Expectation.More;
                MakeDue(number);
                return;
        }

        Tell(number, completion);
    }

    /// <summary>Ends an operation and tells its sink, unless it was cancelled or could not be done.</summary>
    private void Tell(int number, in IoUringCqe completion)
    {
        ref IoUringSlot slot = ref _slots[number];
        if (slot.Kind == IoUringKind.ReceiveMessage)
        {
            TellMessage(number, completion);
            return;
        }

        ICompletionSink? sink = slot.Sink;
        int limit = slot.Length;
        bool isReceive = slot.Kind == IoUringKind.Receive;

        // One that is taken back may have ended for want of a buffer: then, too, nothing has happened, and the bytes are where they were.
        bool isUndone = completion.Result is -Errno.ECANCELED or -Errno.EINTR || (completion.Result == -Errno.ENOBUFS && slot.SelectsBuffer);
        End(number);
        if (isUndone)
        {
            return;
        }

        if ((completion.Flags & IORING_CQE_F_BUFFER) == 0)
        {
            sink?.OnCompleted(completion.Result, [], isReceive ? NextOf(completion, limit) : Expectation.None);
            return;
        }

        int buffer = (int)(completion.Flags >> IORING_CQE_BUFFER_SHIFT);
        sink?.OnCompleted(completion.Result, _buffers!.Bytes(buffer, Math.Max(completion.Result, 0)), NextOf(completion, limit));
        _buffers!.Return(buffer);
    }

    /// <summary>A receive that took a whole block is followed by much.</summary>
    private static Expectation NextOf(in IoUringCqe completion, int limit) =>
        ((completion.Flags & IORING_CQE_F_SOCK_NONEMPTY) != 0 || completion.Result == limit ? Expectation.More : 0)
        | (completion.Result >= IoUringBlocks.Size ? Expectation.Bulk : 0);

    /// <summary>Nothing is the kernel's any more: the slot and its memory are free.</summary>
    private void End(int number)
    {
        ref IoUringSlot slot = ref _slots[number];
        if (slot.Block >= 0)
        {
            _blocks.Return(slot.Block);
        }

        if (slot.IsPinned)
        {
            slot.IsPinned = false;
            slot.Pin.Dispose();
            slot.Pin = default;
        }

        if (slot.Pins is { } pins)
        {
            slot.Pins = null;
            ReleasePins(pins);
        }

        _slots.Return(number);
    }
}
