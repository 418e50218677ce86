using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eventlet;

/// <summary>The buffers of one vectored operation, or what is left of them. Small, and copied by value: whoever advances a copy keeps it.</summary>
internal struct BufferParts
{
    /// <summary>How many go to the system at once.</summary>
    internal const int Most = 32;

    private ReadOnlySequence<byte> _sequence;
    private readonly object? _list;
    private int _index;
    private int _offset;

    internal BufferParts(in ReadOnlySequence<byte> sequence)
    {
        _sequence = sequence;
        Length = sequence.Length;
    }

    internal BufferParts(IReadOnlyList<ReadOnlyMemory<byte>> list)
    {
        _list = list;
        for (int i = 0; i < list.Count; i++)
        {
            Length += list[i].Length;
        }
    }

    internal BufferParts(IReadOnlyList<Memory<byte>> list)
    {
        _list = list;
        for (int i = 0; i < list.Count; i++)
        {
            Length += list[i].Length;
        }
    }

    /// <summary>Bytes that are left.</summary>
    internal long Length { get; private set; }

    /// <summary>The next ones that are not empty.</summary>
    /// <param name="parts">Room for them.</param>
    /// <returns>How many there are.</returns>
    internal readonly int Peek(Span<ReadOnlyMemory<byte>> parts)
    {
        int count = 0;
        if (_list is null)
        {
            SequencePosition position = _sequence.Start;
            while (count < parts.Length && _sequence.TryGet(ref position, out ReadOnlyMemory<byte> part))
            {
                count = Put(parts, count, part);
            }

            return count;
        }

        int offset = _offset;
        for (int i = _index; count < parts.Length && i < Count(_list); i++)
        {
            count = Put(parts, count, At(_list, i)[offset..]);
            offset = 0;
        }

        return count;
    }

    /// <summary>The first one that is not empty; empty if nothing is left.</summary>
    internal readonly ReadOnlyMemory<byte> First
    {
        get
        {
            ReadOnlyMemory<byte> first = default;
            return Peek(new Span<ReadOnlyMemory<byte>>(ref first)) == 0 ? default : first;
        }
    }

    /// <summary>Goes past bytes that were moved.</summary>
    internal void Advance(long count)
    {
        Length -= count;
        if (_list is null)
        {
            _sequence = _sequence.Slice(count);
            return;
        }

        while (count > 0)
        {
            int left = At(_list, _index).Length - _offset;
            if (count < left)
            {
                _offset += (int)count;
                return;
            }

            count -= left;
            _index++;
            _offset = 0;
        }
    }

    /// <summary>All that is left, in one piece.</summary>
    internal readonly void CopyTo(Span<byte> to)
    {
        BufferParts rest = this;
        while (rest.Length > 0)
        {
            ReadOnlySpan<byte> first = rest.First.Span;
            first.CopyTo(to);
            to = to[first.Length..];
            rest.Advance(first.Length);
        }
    }

    /// <summary>Writes into the parts, which are a receive's.</summary>
    internal readonly void Fill(ReadOnlySpan<byte> bytes)
    {
        BufferParts rest = this;
        while (!bytes.IsEmpty)
        {
            Span<byte> first = MemoryMarshal.AsMemory(rest.First).Span;
            int count = Math.Min(first.Length, bytes.Length);
            bytes[..count].CopyTo(first);
            bytes = bytes[count..];
            rest.Advance(count);
        }
    }

    private static int Count(object list) => list is IReadOnlyList<ReadOnlyMemory<byte>> sends ? sends.Count : ((IReadOnlyList<Memory<byte>>)list).Count;

    private static ReadOnlyMemory<byte> At(object list, int index) => list is IReadOnlyList<ReadOnlyMemory<byte>> sends ? sends[index] : ((IReadOnlyList<Memory<byte>>)list)[index];

    private static int Put(Span<ReadOnlyMemory<byte>> parts, int count, ReadOnlyMemory<byte> part)
    {
        if (part.IsEmpty)
        {
            return count;
        }

        parts[count] = part;
        return count + 1;
    }

    /// <summary>Room for parts on the stack.</summary>
    [InlineArray(Most)]
    internal struct Room
    {
        private ReadOnlyMemory<byte> _first;
    }

    /// <summary>Room for their pins on the stack.</summary>
    [InlineArray(Most)]
    internal struct Pins
    {
        private MemoryHandle _first;
    }
}
