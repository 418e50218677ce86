namespace Eventlet.Synchronization;

/// <summary>What a queue keeps its items in: the order in which they come out.</summary>
internal abstract class ItemStore<T>
{
    internal abstract int Count { get; }

    internal abstract void Add(T item);

    internal abstract T Take();

    /// <summary>Puts back what was taken last: it comes out before its equals.</summary>
    internal abstract void PutBack(T item);
}

/// <summary>First in, first out: a ring.</summary>
internal sealed class FifoStore<T> : ItemStore<T>
{
    private T[] _ring = new T[8];
    private int _first;
    private int _count;

    internal override int Count => _count;

    internal override void Add(T item)
    {
        GrowIfFull();
        _ring[(_first + _count++) & (_ring.Length - 1)] = item;
    }

    internal override T Take()
    {
        T item = _ring[_first];
        _ring[_first] = default!;
        _first = (_first + 1) & (_ring.Length - 1);
        _count--;
        return item;
    }

    internal override void PutBack(T item)
    {
        GrowIfFull();
        _first = (_first - 1) & (_ring.Length - 1);
        _ring[_first] = item;
        _count++;
    }

    private void GrowIfFull()
    {
        if (_count < _ring.Length)
        {
            return;
        }

        var larger = new T[_ring.Length * 2];
        Array.Copy(_ring, _first, larger, 0, _ring.Length - _first);
        Array.Copy(_ring, 0, larger, _ring.Length - _first, _first);
        _ring = larger;
        _first = 0;
    }
}

/// <summary>Last in, first out.</summary>
internal sealed class LifoStore<T> : ItemStore<T>
{
    private readonly Stack<T> _items = new();

    internal override int Count => _items.Count;

    internal override void Add(T item) => _items.Push(item);

    internal override T Take() => _items.Pop();

    internal override void PutBack(T item) => _items.Push(item);
}

/// <summary>The lowest first; of equals, the one that came first.</summary>
internal sealed class PriorityStore<T>(IComparer<T>? comparer) : ItemStore<T>
{
    private readonly PriorityQueue<T, Rank> _items = new(new RankComparer(comparer ?? Comparer<T>.Default));
    private long _next;
    private long _before;

    internal override int Count => _items.Count;

    internal override void Add(T item) => _items.Enqueue(item, new Rank(item, _next++));

    internal override T Take() => _items.Dequeue();

    internal override void PutBack(T item) => _items.Enqueue(item, new Rank(item, --_before));

    private readonly record struct Rank(T Item, long Serial);

    private sealed class RankComparer(IComparer<T> comparer) : IComparer<Rank>
    {
        public int Compare(Rank x, Rank y) => comparer.Compare(x.Item, y.Item) is var order && order != 0 ? order : x.Serial.CompareTo(y.Serial);
    }
}
