using Eventlet.Timers;

namespace Eventlet;

/// <summary>The beginning of a greenthread, when a delay is over.</summary>
internal sealed class DelayedStart(GreenThread green, ExecutionContext? context, bool isInInbox) : TimerEntry
{
    private bool _isInInbox = isInInbox;

    /// <summary>What it begins in.</summary>
    internal ExecutionContext? Context => context;

    internal override void Run(Hub hub)
    {
        if (!_isInInbox)
        {
            green.Start(hub);
        }
        else if (!green.IsDead)
        {
            _isInInbox = false;
            hub.Enlist(green);
            hub.Timers.Add(this);
        }
    }

    /// <summary>Which greenthread it begins.</summary>
    public override string ToString() => $"start of {green}";

    internal override void OnDue(Hub hub) => hub.Ready.Push(this);

    internal override void Abandon(Exception reason) => green.Abandon(reason);
}
