namespace Eventlet;

/// <summary>What stands in a hub's ready queue, and in its inbox before that: a wait that has ended, a greenthread to begin, a callback.</summary>
internal abstract class HubItem
{
    /// <summary>The link of the inbox; nobody else's.</summary>
    internal HubItem? InboxNext;

    /// <summary>Runs it, on the hub's thread. What escapes is reported as unhandled; the loop lives on.</summary>
    internal abstract void Run(Hub hub);

    /// <summary>The hub was dropped, and this will never run.</summary>
    internal virtual void Abandon(Exception reason)
    {
    }
}
