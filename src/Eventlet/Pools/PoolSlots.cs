namespace Eventlet.Pools;

/// <summary>The places of a pool: a semaphore whose number of permits changes.</summary>
internal sealed class PoolSlots(int size) : GreenSemaphore(size, null)
{
    private int _size = size;

    internal int Size => Volatile.Read(ref _size);

    /// <summary>More places go to those who wait; with fewer, those that are taken too many are not handed out again.</summary>
    internal void Resize(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Adjust(size - Interlocked.Exchange(ref _size, size));
    }
}
