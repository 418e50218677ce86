using Eventlet.Timers;

namespace Eventlet;

/// <summary>A callback that a hub calls once, when a delay is over.</summary>
public sealed class HubTimer
{
    private const int Pending = 0;
    private const int Called = 1;
    private const int Cancelled = 2;

    // All that a timer is stands there: a million of them are two million objects, so the one that is not in the wheel is small.
    private readonly Entry _entry;

    internal HubTimer(Hub hub, TimeSpan delay, Action callback, GreenThread? scheduler)
    {
        _entry = new Entry(hub, callback, scheduler, hub.Debug.TimerTracebacks ? Environment.StackTrace : null)
        {
            Deadline = hub.Time.DeadlineAfter(delay),
        };
        if (_entry.Deadline != long.MaxValue)
        {
            hub.Timers.Add(_entry);
        }
    }

    /// <summary>Whether it may still fire. A local timer's is false as soon as its greenthread has ended, any's when the hub was dropped. Any thread.</summary>
    public bool IsPending => _entry.IsPending;

    /// <summary>Prevents the call, also between the moment when it is due and the call. Idempotent. Any thread.</summary>
    public void Cancel() => _entry.Cancel();

    /// <summary>The state and, if <see cref="HubDebug.TimerTracebacks"/> was on, where it was made.</summary>
    public override string ToString() => _entry.ToString();

    private sealed class Entry(Hub home, Action callback, GreenThread? scheduler, string? traceback) : TimerEntry
    {
        private Action? _callback = callback;
        private int _state;

        internal bool IsPending => Volatile.Read(ref _state) == Pending && scheduler is not { IsDead: true } && !home.IsDisposed;

        internal void Cancel()
        {
            if (Interlocked.CompareExchange(ref _state, Cancelled, Pending) == Pending)
            {
                _callback = null;
                home.Disarm(this);
            }
        }

        public override string ToString() =>
            $"timer, {(IsPending ? "pending" : "not pending")}{(traceback is null ? "" : Environment.NewLine + traceback)}";

        internal override void OnDue(Hub hub) => hub.Ready.Push(this);

        internal override void Run(Hub hub)
        {
            if (Interlocked.CompareExchange(ref _state, Called, Pending) != Pending)
            {
                return;
            }

            Action call = _callback!;
            _callback = null;
            if (scheduler is not { IsDead: true })
            {
                hub.NoteStep(call);
                hub.EnterCallback();
                call();
            }
        }
    }
}
