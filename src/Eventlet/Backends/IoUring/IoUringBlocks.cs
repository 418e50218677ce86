namespace Eventlet.Backends;

/// <summary>Blocks of memory that never move, for what the kernel reads or writes while nobody else may. The one that was given back last is handed out first.</summary>
internal sealed unsafe class IoUringBlocks
{
    /// <summary>Bytes of a block.</summary>
    internal const int Size = 4096;

    // A cache line more than the size: blocks at multiples of a page would share the same few lines of the first cache.
    private const int Stride = Size + 64;
    private const int PerChunk = 64;

    private readonly List<byte[]> _chunks = [];
    private int[] _free = [];
    private int _freeCount;

    internal int Rent()
    {
        if (_freeCount == 0)
        {
            Grow();
        }

        return _free[--_freeCount];
    }

    internal void Return(int block) => _free[_freeCount++] = block;

    internal byte* AddressOf(int block) =>
        (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _chunks[block / PerChunk][block % PerChunk * Stride]);

    private void Grow()
    {
        int first = _chunks.Count * PerChunk;
        _chunks.Add(GC.AllocateUninitializedArray<byte>(PerChunk * Stride, pinned: true));
        Array.Resize(ref _free, first + PerChunk);
        for (int i = PerChunk - 1; i >= 0; i--)
        {
            _free[_freeCount++] = first + i;
        }
    }
}
