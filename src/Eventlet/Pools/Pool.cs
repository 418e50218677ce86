using Eventlet.Pools;

namespace Eventlet;

/// <summary>
/// Resources that are dear to make and used by one at a time: connections, for instance. They are made when they are wanted, up to a limit, and handed out again; who finds none
/// waits, in the order of coming. One that is not alive any more is replaced.
/// </summary>
/// <typeparam name="T">The type of the resources.</typeparam>
/// <remarks>Any thread and any hub may use it; the blocking form outside MAINLOOP only.</remarks>
public sealed class Pool<T> : IDisposable
{
    private readonly PoolSlots _slots;
    private readonly LinkedList<T> _stored = new();
    private readonly Lock _lock = new();
    private readonly Func<ValueTask<T>> _create;
    private readonly bool _asStack;
    private readonly Func<T, bool>? _isAlive;
    private readonly Action<T>? _discard;
    private volatile bool _isDisposed;

    /// <summary>Makes one whose resources take waits to make.</summary>
    /// <param name="create">Makes a resource, in the greenthread that asks for it. What it throws is thrown there, and its place is free again.</param>
    /// <param name="maxSize">How many there may be; zero or more. Default: 4.</param>
    /// <param name="asStack">Whether the one that was put back last is handed out first. Default: the one that has rested longest.</param>
    /// <param name="isAlive">Looks whether one that was put back can still be used; if not, it is discarded and another one made. Null: all are.</param>
    /// <param name="discard">Is called with each that is dropped. Null: those that are <see cref="IDisposable"/> are disposed.</param>
    public Pool(Func<ValueTask<T>> create, int maxSize = 4, bool asStack = false, Func<T, bool>? isAlive = null, Action<T>? discard = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        _create = create;
        _slots = new PoolSlots(maxSize);
        _asStack = asStack;
        _isAlive = isAlive;
        _discard = discard;
    }

    /// <summary>Makes one whose resources are made at once.</summary>
    /// <param name="create">Makes a resource.</param>
    /// <param name="minSize">How many are made now, even if that is above <paramref name="maxSize"/>. Default: 0.</param>
    /// <param name="maxSize">How many there may be; zero or more. Default: 4.</param>
    /// <param name="asStack">Whether the one that was put back last is handed out first. Default: the one that has rested longest.</param>
    /// <param name="isAlive">Looks whether one that was put back can still be used; if not, it is discarded and another one made. Null: all are.</param>
    /// <param name="discard">Is called with each that is dropped. Null: those that are <see cref="IDisposable"/> are disposed.</param>
    public Pool(Func<T> create, int minSize = 0, int maxSize = 4, bool asStack = false, Func<T, bool>? isAlive = null, Action<T>? discard = null)
        : this(() => new ValueTask<T>(create()), maxSize, asStack, isAlive, discard)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentOutOfRangeException.ThrowIfNegative(minSize);
        for (int i = 0; i < minSize; i++)
        {
            _stored.AddLast(create());
        }
    }

    /// <summary>How many there may be. Any thread.</summary>
    public int MaxSize => _slots.Size;

    /// <summary>How many could be had at once, made or yet to be made; negative after the pool was made smaller. Any thread; a snapshot.</summary>
    public int Free => _slots.Free;

    /// <summary>How many lie ready. Any thread; a snapshot.</summary>
    public int Stored
    {
        get
        {
            lock (_lock)
            {
                return _stored.Count;
            }
        }
    }

    /// <summary>How many wait for one. Any thread; a snapshot.</summary>
    public int Waiting => _slots.Waiting;

    /// <summary>Changes how many there may be. With more, those who wait go on; with less, surplus ones are discarded as they are put back. Any thread.</summary>
    /// <param name="maxSize">Zero or more.</param>
    public void Resize(int maxSize) => _slots.Resize(maxSize);

    /// <summary>A resource, as soon as there is one; it must be put back. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public async ValueTask<T> GetAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        await _slots.AcquireAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            while (TryTake(out T stored))
            {
                if (_isAlive is null || _isAlive(stored))
                {
                    return stored;
                }

                Discard(stored);
            }

            return await _create();
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    /// <summary>A resource for the length of a scope: <c>using (PooledItem&lt;T&gt; item = await pool.ItemAsync()) { … item.Value … }</c>. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public async ValueTask<PooledItem<T>> ItemAsync(CancellationToken cancellationToken = default) => new(this, await GetAsync(cancellationToken));

    /// <summary>Blocks until a resource is there. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public T Get()
    {
        Blocking.RefuseInMainloop("Pool.Get", "GetAsync");
        return Hubs.GetHub().Spawn(async () => await GetAsync()).Wait();
    }

    /// <summary>Puts a resource back; it goes to who has waited longest. Never waits. Any thread.</summary>
    /// <param name="item">As handed out.</param>
    /// <param name="isDead">Whether it cannot be used any more: it is discarded, and another one made when it is wanted.</param>
    public void Put(T item, bool isDead = false)
    {
        bool isKept = !isDead && !_isDisposed && _slots.Free >= 0;
        if (isKept)
        {
            lock (_lock)
            {
                _stored.AddLast(item);
            }
        }

        _slots.Release();
        if (!isKept)
        {
            Discard(item);
        }
        else if (_isDisposed)
        {
            DiscardStored();
        }
    }

    /// <summary>Discards what lies ready, and what is out when it is put back. Whoever waits, or asks later, gets <see cref="ObjectDisposedException"/>. Idempotent. Any thread.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;

            // The first of those who wait; each then passes his place on to the next.
            if (_slots.Waiting > 0)
            {
                _slots.Release();
            }
        }

        DiscardStored();
    }

    private void DiscardStored()
    {
        while (TryTake(out T item))
        {
            Discard(item);
        }
    }

    private bool TryTake(out T item)
    {
        lock (_lock)
        {
            LinkedListNode<T>? node = _asStack ? _stored.Last : _stored.First;
            item = node is null ? default! : node.Value;
            if (node is not null)
            {
                _stored.Remove(node);
            }

            return node is not null;
        }
    }

    private void Discard(T item)
    {
        if (_discard is not null)
        {
            _discard(item);
        }
        else if (item is IDisposable disposable)
        {
            disposable.Dispose();
        }
    }
}
