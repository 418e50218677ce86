namespace Eventlet;

/// <summary>What a hub runs in its turn, or when its time has come: the base of such classes, with nothing for others to call or to derive from.</summary>
/// <remarks>One class for both, and no layers between: a wait is an <c>IValueTaskSource</c>, and each await of it walks up its base classes three times.</remarks>
public abstract class HubItem
{
    private protected HubItem()
    {
    }

    /// <summary>The link of the inbox; nobody else's.</summary>
    internal HubItem? InboxNext;

    /// <summary>Its number in the hub's wheel of timers; 0 when it is not in it.</summary>
    internal int TimerIndex;

    /// <summary>Whether it waits for its time.</summary>
    internal bool IsArmed => TimerIndex != 0;

    /// <summary>Runs it, on the hub's thread. What escapes is reported as unhandled; the loop lives on.</summary>
    internal abstract void Run(Hub hub);

    /// <summary>Called by the hub, on its thread, when its time has come; it has left the wheel by then. Nobody's code runs here.</summary>
    internal virtual void OnDue(Hub hub) => hub.Ready.Push(this);

    /// <summary>The hub was dropped, and this will never run.</summary>
    internal virtual void Abandon(Exception reason)
    {
    }
}
