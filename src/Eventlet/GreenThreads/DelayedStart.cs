namespace Eventlet;

/// <summary>The beginning of a greenthread, when a delay is over.</summary>
internal sealed class DelayedStart(GreenThread green, ExecutionContext? context, long deadline, bool isInInbox) : HubItem
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
            Arm(hub);
        }
    }

    internal void Arm(Hub hub) => hub.Timers.Add(this, deadline);

    /// <summary>Which greenthread it begins.</summary>
    public override string ToString() => $"start of {green}";

    internal override void Abandon(Exception reason) => green.Abandon(reason);
}
