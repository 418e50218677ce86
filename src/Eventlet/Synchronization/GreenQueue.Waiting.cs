using Eventlet.Synchronization;
using Eventlet.Waits;

namespace Eventlet;

// The forms that wait.
public partial class GreenQueue<T>
{
    /// <summary>Puts an item as soon as there is room; on a channel, when somebody takes it. Any thread.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; the item is not put then.</param>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The queue is closed.</exception>
    public ValueTask PutAsync(T item, CancellationToken cancellationToken = default) => PutAsync(item, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Puts an item if there is room in time. Any thread.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeout">Infinite: no limit; zero and less: one turn of the hub.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; the item is not put then.</param>
    /// <exception cref="GreenTimeoutException">There was no room in time; the item is not put.</exception>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The queue is closed.</exception>
    public ValueTask PutAsync(T item, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(cancellationToken);
        if (waiter.Refusal is { } refusal)
        {
            return Failed.Task(refusal);
        }

        if (waiter.MayGoOn && TryPut(item))
        {
            return default;
        }

        LineWait<T> wait = waiter.Rent<LineWait<T>>();
        wait.Line = this;
        wait.IsPut = true;
        wait.Result = item;
        return waiter.StartPlain(wait, timeout);
    }

    /// <summary>Takes an item as soon as there is one for it. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; no item is taken then.</param>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The queue is closed and empty.</exception>
    public ValueTask<T> GetAsync(CancellationToken cancellationToken = default) => GetAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Takes an item if there is one for it in time. Any thread.</summary>
    /// <param name="timeout">Infinite: no limit; zero and less: one turn of the hub.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; no item is taken then.</param>
    /// <exception cref="GreenTimeoutException">There was none in time.</exception>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The queue is closed and empty.</exception>
    public ValueTask<T> GetAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(cancellationToken);
        if (waiter.Refusal is { } refusal)
        {
            return Failed.Task<T>(refusal);
        }

        return waiter.MayGoOn && TryGet(out T item) ? new ValueTask<T>(item) : waiter.Start(Getter(waiter), timeout);
    }

    /// <summary>Blocks until an item is put. Outside MAINLOOP only.</summary>
    /// <param name="item">The item.</param>
    /// <param name="timeout">Null: no limit; zero and less: only looks.</param>
    /// <exception cref="GreenTimeoutException">There was no room in time; the item is not put.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The queue is closed.</exception>
    public void Put(T item, TimeSpan? timeout = null)
    {
        var waiter = Waiter.Blocking("GreenQueue.Put", "PutAsync");
        if (!TryPut(item))
        {
            waiter.Block(new LineWait<T> { Line = this, IsPut = true, Result = item }, timeout ?? Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Blocks until an item is taken. Outside MAINLOOP only.</summary>
    /// <param name="timeout">Null: no limit; zero and less: only looks.</param>
    /// <exception cref="GreenTimeoutException">There was none in time.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The queue is closed and empty.</exception>
    public T Get(TimeSpan? timeout = null)
    {
        var waiter = Waiter.Blocking("GreenQueue.Get", "GetAsync");
        return TryGet(out T item) ? item : waiter.Block(new LineWait<T> { Line = this }, timeout ?? Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits until every item that was put has been reported by <see cref="TaskDone"/>. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public ValueTask JoinAsync(CancellationToken cancellationToken = default) => _tasks.WaitAsync(cancellationToken);

    /// <summary>Blocks until every item that was put has been reported by <see cref="TaskDone"/>. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public void Join() => _tasks.Wait("GreenQueue.Join", "JoinAsync", Timeout.InfiniteTimeSpan);

    /// <summary>Takes items until the queue is closed and empty: <c>await foreach (T item in queue)</c>. Several may enumerate it; each item goes to one of them. Any thread.</summary>
    /// <param name="cancellationToken">Ends a wait with <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new QueueEnumerator<T>(this, cancellationToken);

    /// <summary>Takes an item and forgets it.</summary>
    internal ValueTask SkipAsync(CancellationToken cancellationToken)
    {
        var waiter = new Waiter(cancellationToken);
        return waiter.Refusal is { } refusal ? Failed.Task(refusal)
            : waiter.MayGoOn && TryGet(out _) ? default
            : waiter.StartPlain(Getter(waiter), Timeout.InfiniteTimeSpan);
    }

    internal LineWait<T> Getter(in Waiter waiter)
    {
        LineWait<T> wait = waiter.Rent<LineWait<T>>();
        wait.Line = this;
        return wait;
    }

    internal bool IsEnd(Exception error) => ReferenceEquals(error, _closed) && error.InnerException is null;
}
