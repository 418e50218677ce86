using System.Threading.Channels;
using Eventlet.Synchronization;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// Items on their way from some greenthreads to others, first in, first out; with a bound, putting waits while it is full. Who waits is served in the order of coming, on
/// both sides. In steady state a wait allocates nothing.
/// </summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <remarks>
/// Any thread and any hub may use it; the blocking forms outside MAINLOOP only. An item that was handed to a waiter stays his, whatever comes afterwards: a
/// Kill, a time-out or a token that comes later interrupts his next wait. If his hub is dropped, the item goes to the next one, before all others. There is nothing to dispose.
/// </remarks>
public partial class GreenQueue<T> : IAsyncEnumerable<T>, ILine<T>
{
    private readonly ItemStore<T> _items;
    private readonly IdleLine _tasks = new();
    private Gate _gate = new();
    private WaitLine<T> _getters;
    private WaitLine<T> _putters;
    private int _maxSize;
    private ChannelClosedException? _closed;

    /// <summary>Makes one.</summary>
    /// <param name="maxSize">
    /// How many items it holds at most. Null or negative: any number. Zero: none; it is a channel then, on which a put waits until somebody takes the item.
    /// </param>
    public GreenQueue(int? maxSize = null) : this(maxSize, new FifoStore<T>())
    {
    }

    private protected GreenQueue(int? maxSize, ItemStore<T> items)
    {
        _maxSize = maxSize ?? -1;
        _items = items;
    }

    /// <summary>How many items it holds. Any thread; a snapshot.</summary>
    public int Count => _items.Count;

    /// <summary>Whether it holds no item. Any thread; a snapshot.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Whether it holds as many items as it may; a channel always does. Any thread; a snapshot.</summary>
    public bool IsFull => MaxSize is { } most && Count >= most;

    /// <summary>How many items it holds at most; null: any number. Any thread.</summary>
    public int? MaxSize => Volatile.Read(ref _maxSize) is >= 0 and var most ? most : null;

    /// <summary>How many wait for an item. Any thread; a snapshot.</summary>
    public int Getting => _getters.Count;

    /// <summary>How many wait to put one. Any thread; a snapshot.</summary>
    public int Putting => _putters.Count;

    /// <summary>Whether it was closed. Any thread.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) is not null;

    /// <summary>How many items were put and not yet reported by <see cref="TaskDone"/>. Any thread; a snapshot.</summary>
    public int UnfinishedTasks => _tasks.Count;

    /// <summary>Puts an item if there is room, or somebody waits for one. Any thread, also in callbacks.</summary>
    /// <param name="item">The item.</param>
    /// <returns>False: it is full, or closed.</returns>
    public bool TryPut(T item)
    {
        Handed<T> handed;
        bool isPut;
        using (_gate.Enter())
        {
            isPut = PutNow(item, out handed);
        }

        handed.Deliver();
        return isPut;
    }

    /// <summary>Takes an item if there is one, or if somebody waits to put one. Any thread, also in callbacks.</summary>
    /// <param name="item">The item.</param>
    public bool TryGet(out T item)
    {
        Handed<T> handed;
        bool isTaken;
        using (_gate.Enter())
        {
            isTaken = TakeNow(out item, out handed);
        }

        handed.Deliver();
        return isTaken;
    }

    /// <summary>Reports that an item that was taken has been dealt with. Any thread, also in callbacks.</summary>
    /// <exception cref="InvalidOperationException">It was called more often than items were put.</exception>
    public void TaskDone()
    {
        if (!_tasks.TryRemove())
        {
            throw new InvalidOperationException("TaskDone was called more often than items were put");
        }
    }

    /// <summary>Changes how many items it holds at most. With more room those who wait to put go on; with less, what it holds stays. Any thread.</summary>
    /// <param name="maxSize">Null or negative: any number; zero: none.</param>
    public void Resize(int? maxSize)
    {
        bool isFirst = true;
        while (true)
        {
            Handed<T> handed;
            using (_gate.Enter())
            {
                if (isFirst)
                {
                    _maxSize = maxSize ?? -1;
                    isFirst = false;
                }

                if (!AdmitOne(out handed))
                {
                    return;
                }
            }

            handed.Deliver();
        }
    }

    /// <summary>
    /// Closes it: nothing can be put any more, those who wait to put fail; what it holds can still be taken, then taking fails and an enumeration ends. Idempotent: the first one counts. Any thread.
    /// </summary>
    /// <param name="error">Why, for those who fail, and for an enumeration, which otherwise ends quietly.</param>
    public void Close(Exception? error = null)
    {
        while (true)
        {
            Handed<T> handed;
            using (_gate.Enter())
            {
                _closed ??= error is null ? new ChannelClosedException("the queue was closed") : new ChannelClosedException("the queue was closed", error);

                // Getters wait only where there are neither items nor putters.
                if ((_putters.Take() ?? _getters.Take()) is not { } wait)
                {
                    return;
                }

                handed = wait.Hand(wait.Result, _closed);
            }

            handed.Deliver();
        }
    }

    /// <summary>Its kind, how full it is and how many wait.</summary>
    public override string ToString() =>
        $"{GetType().Name.Split('`')[0]}: {Count} of {MaxSize?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "any number"}, {Getting} getting, {Putting} putting";

    private bool PutNow(T item, out Handed<T> handed)
    {
        handed = default;
        if (_closed is not null)
        {
            return false;
        }

        if (_getters.Take() is { } getter)
        {
            _tasks.Add();
            handed = getter.Hand(item);
            return true;
        }

        if (!HasRoom)
        {
            return false;
        }

        _items.Add(item);
        _tasks.Add();
        return true;
    }

    private bool TakeNow(out T item, out Handed<T> handed)
    {
        handed = default;
        if (_items.Count > 0)
        {
            item = _items.Take();
            AdmitOne(out handed);
            return true;
        }

        // Nothing is held and somebody waits to put: it is a channel.
        if (_putters.Take() is { } putter)
        {
            _tasks.Add();
            item = putter.Result;
            handed = putter.Hand(item);
            return true;
        }

        item = default!;
        return false;
    }

    private bool HasRoom => _maxSize < 0 || _items.Count < _maxSize;

    /// <summary>Lets in who has waited longest to put, if there is room.</summary>
    private bool AdmitOne(out Handed<T> handed)
    {
        handed = default;
        if (!HasRoom || _putters.Take() is not { } putter)
        {
            return false;
        }

        _items.Add(putter.Result);
        _tasks.Add();
        handed = putter.Hand(putter.Result);
        return true;
    }

    void ILine<T>.Arm(LineWait<T> wait)
    {
        Handed<T> other;
        bool isOver;
        T item = wait.Result;
        Exception? closed = null;
        using (_gate.Enter())
        {
            isOver = wait.IsPut ? PutNow(item, out other) : TakeNow(out item, out other);
            if (!isOver && _closed is not null)
            {
                closed = _closed;
                isOver = true;
            }
            else if (!isOver && wait.IsPut)
            {
                _putters.Add(wait);
            }
            else if (!isOver)
            {
                _getters.Add(wait);
            }
        }

        other.Deliver();
        if (isOver)
        {
            wait.Accept(item, closed);
        }
    }

    bool ILine<T>.TryLeave(LineWait<T> wait)
    {
        using Gate.Held _ = _gate.Enter();
        return wait.IsPut ? _putters.Remove(wait) : _getters.Remove(wait);
    }

    void ILine<T>.TakeBack(T value)
    {
        Handed<T> handed = default;
        using (_gate.Enter())
        {
            if (_getters.Take() is { } getter)
            {
                handed = getter.Hand(value);
            }
            else
            {
                _items.PutBack(value);
            }
        }

        handed.Deliver();
    }

    Exception? ILine<T>.TimeOut(LineWait<T> wait) => new GreenTimeoutException(wait.IsPut
        ? "no room for the item in time"
        : "no item in time");
}
