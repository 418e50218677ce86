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
/// Where sending goes on: at once, on the thread that has flushed. During a delivery it is put off to its end, so that the answers to all requests that have come
/// together leave together.
/// </summary>
internal sealed class HubSendScheduler(HubConnection connection) : PipeScheduler
{
    private Action<object?>? _deferred;
    private object? _deferredState;

    public override void Schedule(Action<object?> action, object? state)
    {
        if (connection.Settings.RunsOnHub && connection.Hub.IsCurrent && connection.IsDelivering)
        {
            // There is one reader, which waits once.
            _deferred = action;
            _deferredState = state;
        }
        else
        {
            action(state);
        }
    }

    /// <summary>Does what was put off. Hub thread, after the delivery.</summary>
    internal void RunDeferred()
    {
        if (_deferred is { } action)
        {
            object? state = _deferredState;
            _deferred = null;
            _deferredState = null;
            action(state);
        }
    }
}
