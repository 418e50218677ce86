using System.IO.Pipelines;

namespace Eventlet.AspNetCore.Connections;

/// <summary>Where a reader on the hub goes on: inside the delivery that has what it waits for, else, told from elsewhere, by way of the hub's queue.</summary>
internal sealed class HubReaderScheduler(HubConnection connection) : PipeScheduler
{
    public override void Schedule(Action<object?> action, object? state)
    {
        if (connection.Hub.IsCurrent && connection.IsDelivering)
        {
            action(state);
        }
        else
        {
            connection.Post(action.Invoke, state);
        }
    }
}

/// <summary>Always by way of the hub's queue, into the connection's greenthread.</summary>
internal sealed class HubContextScheduler(HubConnection connection) : PipeScheduler
{
    public override void Schedule(Action<object?> action, object? state) => connection.Post(action.Invoke, state);
}

/// <summary>
/// Where sending goes on after a flush. During a delivery on the hub it is put off to its end, so that the answers to all requests that have come together leave together.
/// Elsewhere it goes on at once, on the thread that has flushed, as long as every receive is answered by one flush. Where several follow one receive, because requests are
/// pipelined or HTTP/2 serves many streams, it goes on in an item of the thread pool, and one send takes what was flushed until that runs.
/// </summary>
internal sealed class HubSendScheduler(HubConnection connection) : PipeScheduler, IThreadPoolWorkItem
{
    private Action<object?>? _deferred;
    private object? _deferredState;

    // Of the application's thread and the hub's, with no fence: a count that is missed costs a send or a hop, no more.
    private int _flushes;
    private bool _isSeries;

    public override void Schedule(Action<object?> action, object? state)
    {
        bool isOnHub = connection.Settings.RunsOnHub && connection.Hub.IsCurrent;
        bool isPutOff = isOnHub ? connection.IsDelivering : _isSeries || _flushes > 1;
        if (!isPutOff)
        {
            action(state);
            return;
        }

        // There is one reader, which waits once. Whoever takes the action, a delivery's end or the item, goes on with it.
        _deferredState = state;
        Volatile.Write(ref _deferred, action);
        if (!isOnHub)
        {
            System.Threading.ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Somebody flushes.</summary>
    internal void NoteFlush() => _flushes++;

    /// <summary>Something was received: what is flushed from now on answers it. Hub thread.</summary>
    internal void NoteReceive()
    {
        if (_flushes > 0)
        {
            _isSeries = _flushes > 1;
            _flushes = 0;
        }
    }

    /// <summary>Does what was put off, if nobody does it already.</summary>
    internal void RunDeferred()
    {
        if (Volatile.Read(ref _deferred) is not null && Interlocked.Exchange(ref _deferred, null) is { } action)
        {
            action(_deferredState);
        }
    }

    void IThreadPoolWorkItem.Execute() => RunDeferred();
}

/// <summary>Where a reader on the thread pool goes on: in an item of the pool, which is this object as long as one at a time is wanted.</summary>
internal sealed class PoolReaderScheduler : PipeScheduler, IThreadPoolWorkItem
{
    private Action<object?>? _action;
    private object? _state;

    public override void Schedule(Action<object?> action, object? state)
    {
        if (Interlocked.CompareExchange(ref _action, action, null) is null)
        {
            _state = state;
            System.Threading.ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            System.Threading.ThreadPool.UnsafeQueueUserWorkItem(action, state, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        Action<object?> action = _action!;
        object? state = _state;
        _state = null;
        Volatile.Write(ref _action, null);
        action(state);
    }
}
