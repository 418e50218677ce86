using System.Buffers;
using System.Runtime.InteropServices;
using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

// What needs a struct msghdr or an address: several buffers, datagrams, connecting. The structs lie in a block of the hub's, behind them what is short of the message
// itself; the kernel reads them when it takes the submission, and writes to them when it ends.
internal sealed unsafe partial class IoUringBackend<TCalls>
{
    /// <summary>sockaddr_un's 110 bytes, rounded up.</summary>
    private const int AddressSize = 128;
    private const int AddressAt = 64;
    private const int VectorsAt = AddressAt + AddressSize;
    private const int BytesAt = VectorsAt + BufferParts.Most * 16;
    private const int BytesSize = IoUringBlocks.Size - BytesAt;

    private readonly Stack<MemoryHandle[]> _freePins = new();

    /// <inheritdoc/>
    public ulong ReceiveParts(SafeHandle socket, in BufferParts parts, Expectation expects, ICompletionSink sink)
    {
        bool selects = _buffers is not null && ((expects & Expectation.Bulk) == 0 || parts.Length <= IoUringBlocks.Size);
        if (!selects)
        {
            return BeginVectored(IoUringKind.ReceiveMessage, socket, parts, expects, flags: 0, sink);
        }

        int number = _slots.Rent(IoUringKind.Receive);
        ref IoUringSlot slot = ref _slots[number];
        slot.Expects = expects;
        slot.SelectsBuffer = true;
        slot.Length = (int)Math.Min(parts.Length, IoUringBlocks.Size);
        return Begin(number, socket, sink);
    }

    /// <inheritdoc/>
    public ulong SendParts(SafeHandle socket, in BufferParts parts, bool isWhole, ICompletionSink sink)
    {
        uint flags = (uint)(isWhole ? MSG_NOSIGNAL | MSG_WAITALL : MSG_NOSIGNAL);
        if (parts.Length > IoUringBlocks.Size)
        {
            return BeginVectored(IoUringKind.SendMessage, socket, parts, Expectation.None, flags, sink);
        }

        int block = _blocks.Rent();
        try
        {
            parts.CopyTo(new Span<byte>(_blocks.AddressOf(block), IoUringBlocks.Size));
        }
        catch
        {
            _blocks.Return(block);
            throw;
        }

        int number = _slots.Rent(IoUringKind.Send);
        ref IoUringSlot slot = ref _slots[number];
        slot.Block = block;
        slot.Address = (nint)_blocks.AddressOf(block);
        slot.Length = (int)parts.Length;
        slot.Flags = flags;
        return Begin(number, socket, sink);
    }

    /// <inheritdoc/>
    public ulong ReceiveMessage(SafeHandle socket, Memory<byte> buffer, ICompletionSink sink)
    {
        MemoryHandle pin = buffer.Length <= BytesSize ? default : buffer.Pin();
        int number = RentMessage(IoUringKind.ReceiveMessage, out byte* block);
        ref IoUringSlot slot = ref _slots[number];
        slot.Expects = Expectation.More;
        slot.Flags = MSG_TRUNC;
        slot.Length = buffer.Length;
        slot.IsPinned = buffer.Length > BytesSize;
        slot.Pin = pin;
        Lay(block, buffer.Length <= BytesSize ? block + BytesAt : pin.Pointer, buffer.Length, AddressSize);
        return Begin(number, socket, sink);
    }

    /// <inheritdoc/>
    public ulong SendMessage(SafeHandle socket, ReadOnlyMemory<byte> buffer, ReadOnlySpan<byte> to, ICompletionSink sink)
    {
        bool copies = buffer.Length <= BytesSize;
        ReadOnlySpan<byte> bytes = copies ? buffer.Span : [];
        MemoryHandle pin = copies ? default : buffer.Pin();
        int number = RentMessage(IoUringKind.SendMessage, out byte* block);
        ref IoUringSlot slot = ref _slots[number];

        // The kernel must not try again by itself: a datagram that found no room may have been copied already, and would be sent empty (seen on Linux 6.18).
        slot.Flags = MSG_NOSIGNAL | MSG_DONTWAIT;
        slot.Length = buffer.Length;
        slot.IsPinned = !copies;
        slot.Pin = pin;
        bytes.CopyTo(new Span<byte>(block + BytesAt, BytesSize));
        to.CopyTo(new Span<byte>(block + AddressAt, AddressSize));
        Lay(block, copies ? block + BytesAt : pin.Pointer, buffer.Length, to.Length);
        return Begin(number, socket, sink);
    }

    /// <inheritdoc/>
    public ulong Connect(SafeHandle socket, ReadOnlySpan<byte> to, ICompletionSink sink)
    {
        int number = RentMessage(IoUringKind.Connect, out byte* block);
        to.CopyTo(new Span<byte>(block + AddressAt, AddressSize));
        _slots[number].Length = to.Length;
        return Begin(number, socket, sink);
    }

    private ulong BeginVectored(IoUringKind kind, SafeHandle socket, in BufferParts parts, Expectation expects, uint flags, ICompletionSink sink)
    {
        BufferParts.Room room = default;
        int count = parts.Peek(room);
        MemoryHandle[] pins = _freePins.TryPop(out MemoryHandle[]? free) ? free : new MemoryHandle[BufferParts.Most];
        try
        {
            for (int i = 0; i < count; i++)
            {
                pins[i] = room[i].Pin();
            }
        }
        catch
        {
            ReleasePins(pins);
            throw;
        }

        int number = RentMessage(kind, out byte* block);
        ref IoUringSlot slot = ref _slots[number];
        slot.Expects = expects;
        slot.Flags = flags;
        slot.Pins = pins;
        Lay(block, null, 0, 0);
        var vectors = (IoVector*)(block + VectorsAt);
        for (int i = 0; i < count; i++)
        {
            vectors[i] = new IoVector { Address = (nint)pins[i].Pointer, Length = (nuint)room[i].Length };
            slot.Length = (int)Math.Min((long)slot.Length + room[i].Length, int.MaxValue);
        }

        ((MessageHeader*)block)->VectorCount = (nuint)count;
        return Begin(number, socket, sink);
    }

    private int RentMessage(IoUringKind kind, out byte* block)
    {
        int number = _slots.Rent(kind);
        ref IoUringSlot slot = ref _slots[number];
        slot.Block = _blocks.Rent();
        block = _blocks.AddressOf(slot.Block);
        slot.Address = (nint)block;
        return number;
    }

    /// <summary>A message of one buffer.</summary>
    private static void Lay(byte* block, void* bytes, int length, int addressLength)
    {
        *(IoVector*)(block + VectorsAt) = new IoVector { Address = (nint)bytes, Length = (nuint)length };
        *(MessageHeader*)block = new MessageHeader
        {
            Name = addressLength == 0 ? 0 : (nint)(block + AddressAt),
            NameLength = (uint)addressLength,
            Vectors = (nint)(block + VectorsAt),
            VectorCount = 1,
        };
    }

    private static void FillMessage(IoUringSqe* entry, ref IoUringSlot slot)
    {
        if (slot.Kind == IoUringKind.Connect)
        {
            entry->Opcode = IORING_OP_CONNECT;
            entry->Address = (ulong)(slot.Address + AddressAt);
            entry->Offset = (ulong)slot.Length;
            return;
        }

        bool receives = slot.Kind == IoUringKind.ReceiveMessage;
        entry->Opcode = receives ? IORING_OP_RECVMSG : IORING_OP_SENDMSG;
        entry->Address = (ulong)slot.Address;
        entry->Length = 1;
        entry->OperationFlags = slot.Flags;
        entry->IoPriority = receives && (slot.Expects & Expectation.More) == 0 ? IORING_RECVSEND_POLL_FIRST : (ushort)0;
    }

    /// <summary>Ends a receive with a header. Its block is given back last: the bytes and the sender are in it.</summary>
    private void TellMessage(int number, in IoUringCqe completion)
    {
        ref IoUringSlot slot = ref _slots[number];
        ICompletionSink? sink = slot.Sink;
        int block = slot.Block;
        int limit = slot.Length;
        bool isDatagram = slot.Pins is null;
        bool copies = isDatagram && limit <= BytesSize;
        slot.Block = -1;
        End(number);
        if (completion.Result is not (-Errno.ECANCELED or -Errno.EINTR))
        {
            byte* at = _blocks.AddressOf(block);
            if (completion.Result >= 0 && sink is IMessageSink receiver)
            {
                var header = (MessageHeader*)at;
                receiver.OnSender(new ReadOnlySpan<byte>(at + AddressAt, (int)Math.Min(header->NameLength, AddressSize)));
            }

            ReadOnlySpan<byte> bytes = copies && completion.Result > 0 ? new ReadOnlySpan<byte>(at + BytesAt, Math.Min(completion.Result, limit)) : [];
            sink?.OnCompleted(completion.Result, bytes, isDatagram ? Expectation.None : NextOf(completion, limit));
        }

        _blocks.Return(block);
    }

    private void ReleasePins(MemoryHandle[] pins)
    {
        for (int i = 0; i < pins.Length; i++)
        {
            pins[i].Dispose();
            pins[i] = default;
        }

        _freePins.Push(pins);
    }
}
