using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Eventlet;

/// <summary>What is ready to run, first come, first run: a growing ring, touched by the hub's thread only.</summary>
internal sealed class ReadyQueue
{
    // A struct around the reference spares the array's covariance check at each store.
    private struct Slot
    {
        internal HubItem? Item;
    }

    private Slot[] _ring = new Slot[64];
    private int _head;
    private int _count;

    internal int Count => _count;

    internal void Push(HubItem item)
    {
        Slot[] ring = _ring;
        if (_count == ring.Length)
        {
            ring = Grow();
        }

        ring[(_head + _count) & (ring.Length - 1)].Item = item;
        _count++;
    }

    internal bool TryPop([NotNullWhen(true)] out HubItem? item)
    {
        if (_count == 0)
        {
            item = null;
            return false;
        }

        ref Slot slot = ref _ring[_head];
        item = slot.Item!;
        slot.Item = null;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        return true;
    }

    internal void Clear()
    {
        Array.Clear(_ring);
        _head = 0;
        _count = 0;
    }

    private Slot[] Grow()
    {
        var larger = new Slot[BitOperations.RoundUpToPowerOf2((uint)_ring.Length + 1)];
        int first = _ring.Length - _head;
        Array.Copy(_ring, _head, larger, 0, first);
        Array.Copy(_ring, 0, larger, first, _head);
        _head = 0;
        return _ring = larger;
    }
}
