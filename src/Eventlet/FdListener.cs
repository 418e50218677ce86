using Eventlet.Descriptors;

namespace Eventlet;

/// <summary>A callback that a hub calls whenever a descriptor is ready, until it is removed: what <see cref="Hub.Add"/> hands out.</summary>
public sealed class FdListener : IFdWaiter
{
    private readonly Hub _hub;
    private readonly Action<int> _callback;
    private readonly Action<Exception>? _throwback;
    private readonly Action? _markAsClosed;
    private readonly Call _call;
    private readonly string? _traceback;

    internal FdListener(Hub hub, FdEvent evtype, int fd, Action<int> callback, Action<Exception>? throwback, Action? markAsClosed)
    {
        _hub = hub;
        Event = evtype;
        Fd = fd;
        _callback = callback;
        _throwback = throwback;
        _markAsClosed = markAsClosed;
        _call = new Call(this);
        _traceback = hub.Debug.ListenerTracebacks ? Environment.StackTrace : null;
    }

    /// <summary>The direction.</summary>
    public FdEvent Event { get; }

    /// <summary>The descriptor's number.</summary>
    public int Fd { get; }

    /// <summary>Whether the hub still listens for it. False after Remove, and after the descriptor was announced as closed.</summary>
    public bool IsActive { get; internal set; }

    FdEvent IFdWaiter.Direction => Event;

    bool IFdWaiter.NeedsLook => true;

    bool IFdWaiter.LeavesReadiness => true;

    long IFdWaiter.Since { get; } = FdTable.LastAnnouncement;

    void IFdWaiter.OnReady()
    {
        if (!_call.IsQueued)
        {
            _call.IsQueued = true;
            _hub.Ready.Push(_call);
        }
    }

    void IFdWaiter.OnClosed(Exception error)
    {
        IsActive = false;
        if (_markAsClosed is { } markAsClosed)
        {
            _hub.Guard(markAsClosed);
        }

        if (_throwback is { } throwback)
        {
            _hub.Ready.Push(new CallbackItem(() => throwback(error)));
        }
        else if (error is not IOClosedException)
        {
            _hub.ReportUnhandled(error);
        }
    }

    /// <summary>The direction, the descriptor and, if <see cref="HubDebug.ListenerTracebacks"/> was on, where it was made.</summary>
    public override string ToString() =>
        $"listener for {(Event == FdEvent.Read ? "read" : "write")} on descriptor {Fd}{(_traceback is null ? "" : Environment.NewLine + _traceback)}";

    /// <summary>One call of the callback on its way through the ready queue.</summary>
    private sealed class Call(FdListener listener) : HubItem
    {
        internal bool IsQueued;

        internal override void Run(Hub hub)
        {
            IsQueued = false;
            if (!listener.IsActive)
            {
                // Removed between the event and now.
                return;
            }

            bool succeeded = false;
            hub.NoteStep(listener._callback);
            hub.EnterCallback();
            try
            {
                listener._callback(listener.Fd);
                succeeded = true;
            }
            finally
            {
                if (!succeeded)
                {
                    // As long as the descriptor is ready it would fail again, for ever.
                    hub.RemoveListener(listener);
                }
                else if (listener.IsActive)
                {
                    hub.Table.LookAgain(hub.Table.Of(listener.Fd));
                }
            }
        }
    }
}
