using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Eventlet.Timers;

/// <summary>
/// The nodes of one wheel, by number; 0 is none. They are used again and stand in chunks that never move, so growing copies nothing. As many stay as were in use at
/// once, until none is: then what goes beyond <see cref="ChunksKept"/> is the collector's, and the next crowd of timers finds it only if that has not come meanwhile
/// (fresh memory is dear: a page costs as much as a hundred timers).
/// </summary>
internal sealed class TimerNodes
{
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;

    /// <summary>Half a megabyte, for 16,384 timers.</summary>
    private const int ChunksKept = 64;

    private TimerNode[][] _chunks = [];
    private int _chunkCount;

    /// <summary>All chunks of the last crowd, and how many they were.</summary>
    private readonly WeakReference<TimerNode[][]> _crowd = new(null!);
    private int _crowdCount;

    /// <summary>Those that stay: the first ones of the crowd's.</summary>
    private TimerNode[][]? _kept;

    /// <summary>The first free node; free ones are linked.</summary>
    private int _free;

    /// <summary>The lowest number that was not used since the wheel was empty.</summary>
    private int _fresh = 1;

    internal int Count { get; private set; }

    internal ref TimerNode this[int index]
    {
        // The mask keeps it within the chunk: the array's own check would touch one more line of the cache, that of its length.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks[index >> ChunkBits]), index & (ChunkSize - 1));
    }

    /// <summary>Fetches a node into the cache. It may be anybody's by now, or free; nothing is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void Fetch(int index)
    {
        if (Sse.IsSupported && (uint)index < (uint)_fresh)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref this[index]));
        }
    }

    /// <summary>Fetches what comes after a node: the entry of the one ahead, and the node ahead of that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void FetchAfter(in TimerNode node)
    {
        if (Sse.IsSupported && (uint)node.Ahead < (uint)_fresh)
        {
            ref TimerNode ahead = ref this[node.Ahead];
            Sse.Prefetch0((void*)Unsafe.As<HubItem?, nint>(ref ahead.Entry));
            Fetch(ahead.Ahead);
        }
    }

    /// <summary>A node with no links.</summary>
    internal int Rent()
    {
        Count++;
        int index = _free;
        if (index != 0)
        {
            ref TimerNode node = ref this[index];
            _free = node.Next;
            node.Next = 0;
            return index;
        }

        index = _fresh++;
        if (index >> ChunkBits == _chunkCount)
        {
            Grow();
        }

        this[index].Next = 0;
        return index;
    }

    /// <summary>Takes a node back that stands in no list any more.</summary>
    internal void Return(int index)
    {
        ref TimerNode node = ref this[index];
        node.Entry = null;
        node.Previous = 0;
        node.Next = _free;
        _free = index;
        if (--Count == 0)
        {
            StartAnew();
        }
    }

    private void Grow()
    {
        if (_kept is not null && _chunkCount == ChunksKept && _crowd.TryGetTarget(out TimerNode[][]? crowd))
        {
            _chunks = crowd;
            _chunkCount = _crowdCount;
            return;
        }

        if (_chunkCount == _chunks.Length)
        {
            Array.Resize(ref _chunks, Math.Max(4, _chunkCount * 2));
        }

        _chunks[_chunkCount++] = new TimerNode[ChunkSize];
    }

    /// <summary>All are free: they are handed out in order again, since the neighbours of a node are in the cache and in the table of pages.</summary>
    private void StartAnew()
    {
        _free = 0;
        _fresh = 1;
        if (_chunkCount > ChunksKept)
        {
            _crowd.SetTarget(_chunks);
            _crowdCount = _chunkCount;
            _kept ??= _chunks[..ChunksKept];
            _chunks = _kept;
            _chunkCount = ChunksKept;
        }
    }
}
