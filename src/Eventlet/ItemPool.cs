namespace Eventlet;

/// <summary>
/// Objects of one type that a hub uses again. Never trimmed: it holds at most as many as were in use at once. Hub thread only.
/// </summary>
internal sealed class ItemPool<T> : IItemPool where T : class, new()
{
    // A struct around the reference spares the array's covariance check at each store.
    private struct Slot
    {
        internal T Item;
    }

    private Slot[] _items = new Slot[16];
    private int _count;
    private int _made;

    /// <inheritdoc/>
    public int InUse => _made - _count;

    internal T Rent() => _count > 0 ? _items[--_count].Item : Make();

    internal void Return(T item)
    {
        if (_count == _items.Length)
        {
            Array.Resize(ref _items, _count * 2);
        }

        _items[_count++].Item = item;
    }

    public override string ToString() => $"{InUse} {typeof(T).Name}";

    private T Make()
    {
        _made++;
        return new T();
    }
}

/// <summary>A pool of whatever type.</summary>
internal interface IItemPool
{
    /// <summary>How many objects were rented and have not come back.</summary>
    int InUse { get; }
}
