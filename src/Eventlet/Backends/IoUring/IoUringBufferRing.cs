using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>
/// A ring of buffers from which the kernel takes one at the moment when bytes are there: a thousand receives that wait need none. A completion
/// names its buffer, which goes back as soon as the bytes are copied out.
/// </summary>
internal sealed unsafe class IoUringBufferRing : IDisposable
{
    /// <summary>The group's number, in submissions.</summary>
    internal const ushort Group = 1;

    // Few, so that they stay in the cache: larger rings measured slower.
    private const int Count = 128;

    private readonly IoUringMapping _mapping = IoUringMapping.OfPages(Count * (nuint)sizeof(IoUringBuffer));
    private readonly IoUringBlocks _blocks = new();
    private readonly IoUringBuffer* _ring;
    private ushort _tail;

    private IoUringBufferRing() => _ring = (IoUringBuffer*)_mapping.Address;

    /// <summary>Registers one; null where the kernel has no such rings, or refuses: receives then go into the waiters' own buffers.</summary>
    internal static IoUringBufferRing? TryRegister<TCalls>(IoUringRing<TCalls> ring) where TCalls : struct, IIoUringCalls
    {
        IoUringBufferRing buffers = new();
        IoUringBufferRegistration registration = new() { RingAddress = (ulong)buffers._ring, RingEntries = Count, Group = Group };
        if (ring.Register(Libc.IORING_REGISTER_PBUF_RING, &registration, 1) < 0)
        {
            buffers.Dispose();
            return null;
        }

        for (int i = 0; i < Count; i++)
        {
            buffers.Return(buffers._blocks.Rent());
        }

        return buffers;
    }

    internal ReadOnlySpan<byte> Bytes(int buffer, int count) => new(_blocks.AddressOf(buffer), count);

    /// <summary>Gives a buffer to the kernel.</summary>
    internal void Return(int buffer)
    {
        IoUringBuffer* entry = &_ring[_tail & (Count - 1)];
        entry->Address = (ulong)_blocks.AddressOf(buffer);
        entry->Length = IoUringBlocks.Size;
        entry->Id = (ushort)buffer;
        Volatile.Write(ref _ring->Tail, ++_tail);
    }

    /// <inheritdoc/>
    public void Dispose() => _mapping.Dispose();
}
