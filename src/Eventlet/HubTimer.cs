namespace Eventlet;

/// <summary>A callback that a hub calls once, when a delay is over.</summary>
public sealed class HubTimer : HubItem
{
    private const int Pending = 0;
    private const int Called = 1;
    private const int Cancelled = 2;

    private readonly Hub _hub;

    /// <summary>The callback, or an <see cref="Origin"/> that has it: a million timers are a million objects, and most have no more to remember.</summary>
    private object? _call;
    private int _state;

    internal HubTimer(Hub hub, TimeSpan delay, Action callback, GreenThread? scheduler)
    {
        _hub = hub;
        bool isTraced = hub.Debug.TimerTracebacks;
        _call = scheduler is null && !isTraced ? callback : new Origin(callback, scheduler, isTraced ? Environment.StackTrace : null);
        long deadline = hub.Time.DeadlineAfter(delay);
        if (deadline != long.MaxValue)
        {
            hub.Timers.Add(this, deadline);
        }
    }

    /// <summary>Whether it may still fire. A local timer's is false as soon as its greenthread has ended, any's when the hub was dropped. Any thread.</summary>
    public bool IsPending => Volatile.Read(ref _state) == Pending && _call is not Origin { IsOver: true } && !_hub.IsDisposed;

    /// <summary>Prevents the call, also between the moment when it is due and the call. Idempotent. Any thread.</summary>
    public void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Pending) == Pending)
        {
            TakeCall();
            _hub.Disarm(this);
        }
    }

    /// <summary>The state and, if <see cref="HubDebug.TimerTracebacks"/> was on, where it was made.</summary>
    public override string ToString() =>
        $"timer, {(IsPending ? "pending" : "not pending")}{(_call is Origin { Traceback: { } traceback } ? Environment.NewLine + traceback : "")}";

    internal override void Run(Hub hub)
    {
        if (Interlocked.CompareExchange(ref _state, Called, Pending) != Pending)
        {
            return;
        }

        bool isOver = _call is Origin { IsOver: true };
        Action call = TakeCall()!;
        if (!isOver)
        {
            hub.NoteStep(call);
            hub.EnterCallback();
            call();
        }
    }

    /// <summary>A timer that has fired or was cancelled holds nothing of its callback.</summary>
    private Action? TakeCall()
    {
        if (_call is not Origin origin)
        {
            var callback = (Action?)_call;
            _call = null;
            return callback;
        }

        Action? kept = origin.Callback;
        origin.Callback = null;
        return kept;
    }

    private sealed class Origin(Action callback, GreenThread? scheduler, string? traceback)
    {
        internal Action? Callback = callback;

        internal string? Traceback => traceback;

        internal bool IsOver => scheduler is { IsDead: true };
    }
}
