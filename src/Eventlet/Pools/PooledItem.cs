namespace Eventlet;

/// <summary>A resource of a <see cref="Pool{T}"/> for the length of a scope.</summary>
/// <typeparam name="T">The type of the resource.</typeparam>
public sealed class PooledItem<T> : IDisposable
{
    private readonly Pool<T> _pool;
    private int _isOver;

    internal PooledItem(Pool<T> pool, T value)
    {
        _pool = pool;
        Value = value;
    }

    /// <summary>The resource.</summary>
    public T Value { get; }

    /// <summary>Whether it cannot be used any more: then the pool drops it when the scope is left, and makes another one when that is wanted. Default: false.</summary>
    public bool IsDead { get; set; }

    /// <summary>Puts it back. Idempotent. Any thread.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            _pool.Put(Value, IsDead);
        }
    }
}
