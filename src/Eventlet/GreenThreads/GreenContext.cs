namespace Eventlet;

/// <summary>
/// What async code sees as its SynchronizationContext on a hub: an await on any foreign task comes back to the hub's thread, and to
/// the greenthread that awaited. With no greenthread it is the context of callbacks.
/// </summary>
/// <param name="owner">The greenthread, or the hub for its callbacks: one field, since every greenthread has such an object.</param>
internal sealed class GreenContext(object owner) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state)
    {
        var green = owner as GreenThread;
        Hub hub = green?.Hub ?? (Hub)owner;
        if (hub.IsCurrent)
        {
            PostedItem item = hub.PoolOf<PostedItem>().Rent();
            item.Set(green, d, state, isPooled: true);
            hub.Ready.Push(item);
        }
        else
        {
            // On a hub that was dropped this goes nowhere: none of its code runs any more.
            var item = new PostedItem();
            item.Set(green, d, state, isPooled: false);
            hub.Enqueue(item);
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        Hub hub = (owner as GreenThread)?.Hub ?? (Hub)owner;
        if (hub.IsCurrent)
        {
            d(state);
            return;
        }

        Blocking.RefuseInMainloop("SynchronizationContext.Send", "Hub.InvokeAsync");
        hub.InvokeAsync(() =>
        {
            d(state);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
    }

    public override SynchronizationContext CreateCopy() => this;
}

/// <summary>A continuation that came through the context of a greenthread.</summary>
internal sealed class PostedItem : HubItem
{
    private GreenThread? _green;
    private SendOrPostCallback? _callback;
    private object? _state;
    private bool _isPooled;

    internal void Set(GreenThread? green, SendOrPostCallback? callback, object? state, bool isPooled)
    {
        _isPooled = isPooled;
        _green = green;
        _callback = callback;
        _state = state;
    }

    internal override void Run(Hub hub)
    {
        GreenThread? green = _green;
        SendOrPostCallback callback = _callback!;
        object? state = _state;
        bool isPooled = _isPooled;
        Set(null, null, null, isPooled);
        if (isPooled)
        {
            hub.PoolOf<PostedItem>().Return(this);
        }

        // Behind an await of a task the state is the delegate that goes on with the method.
        hub.NoteStep(state as Delegate ?? callback);
        if (green is null || green.IsDead)
        {
            hub.EnterCallback();
            callback(state);
        }
        else
        {
            hub.EnterGreen(green, inContext: true);
            try
            {
                callback(state);
            }
            finally
            {
                green.LeaveTurn();
            }
        }
    }
}
