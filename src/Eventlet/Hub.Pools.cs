using System.Runtime.CompilerServices;
using Eventlet.Waits;

namespace Eventlet;

// Pools of the objects that waits are made of, one per type; what the types are is the business of those who use them.
public sealed partial class Hub
{
    private static int s_poolTypes;

    private object?[] _pools = new object?[16];

    /// <summary>Beginnings of greenthreads that were used and wait to be used again: no waits, so they count in no pool.</summary>
    internal StartItem.Shelf Starts;

    /// <summary>
    /// How many objects of the pools are in use: none, when nobody waits. One whose ValueTask was never awaited, or was on another thread, is
    /// left to the collector and counts for ever.
    /// </summary>
    internal int PooledInUse
    {
        get
        {
            int inUse = 0;
            foreach (object? pool in _pools)
            {
                inUse += (pool as IItemPool)?.InUse ?? 0;
            }

            return inUse;
        }
    }

    /// <summary>The types of <see cref="PooledInUse"/>, for a reader.</summary>
    internal string PoolsInUse => string.Join(", ", _pools.OfType<IItemPool>().Where(static pool => pool.InUse > 0).Select(static pool => pool.ToString()));

    /// <summary>A wait from the pool. Hub thread only.</summary>
    internal TWait Rent<TWait>() where TWait : Wait, new()
    {
        TWait wait = PoolOf<TWait>().Rent();
        wait.IsPooled = true;
        return wait;
    }

    internal ItemPool<T> PoolOf<T>() where T : class, new()
    {
        int index = PoolIndex<T>.Value;
        object?[] pools = _pools;
        return index < pools.Length && pools[index] is { } pool
            ? Unsafe.As<ItemPool<T>>(pool)
            : MakePool<T>(index);
    }

    private ItemPool<T> MakePool<T>(int index) where T : class, new()
    {
        if (index >= _pools.Length)
        {
            Array.Resize(ref _pools, index * 2);
        }

        var pool = new ItemPool<T>();
        _pools[index] = pool;
        return pool;
    }

    private static class PoolIndex<T>
    {
        internal static readonly int Value = Interlocked.Increment(ref s_poolTypes);
    }
}
