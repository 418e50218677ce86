using System.Diagnostics.Tracing;

namespace Eventlet.Diagnostics;

/// <summary>The event source "Eventlet-Hub".</summary>
[EventSource(Name = "Eventlet-Hub")]
internal sealed class HubEventSource : EventSource
{
    internal static readonly HubEventSource Log = new();

    [NonEvent]
    internal void Unhandled(string hub, Exception error)
    {
        if (IsEnabled())
        {
            UnhandledError(hub, error.ToString());
        }
    }

    [NonEvent]
    internal void ReplacedInUse(Hub hub)
    {
        HubStatistics statistics = hub.Statistics;
        int listeners = statistics.Readers + statistics.Writers;
        if (IsEnabled() && (listeners > 0 || statistics.Timers > 0 || statistics.GreenThreads > 0))
        {
            HubReplaced(hub.Name, listeners, statistics.Timers, statistics.GreenThreads);
        }
    }

    [NonEvent]
    internal void Blocked(BlockedHub blocked)
    {
        if (IsEnabled())
        {
            HubBlocked(blocked.Hub.Name, blocked.Duration.TotalMilliseconds, blocked.GreenThread?.ToString() ?? "a callback", blocked.Method ?? "");
        }
    }

    [Event(1, Level = EventLevel.Error, Message = "hub {0}: nobody waits for this error: {1}")]
    private void UnhandledError(string hub, string error) => WriteEvent(1, hub, error);

    [Event(2, Level = EventLevel.Warning, Message = "hub {0} was replaced while in use: {1} listeners, {2} timers and {3} greenthreads are forgotten; call UseHub first thing on a thread")]
    private void HubReplaced(string hub, int listeners, int timers, int greenThreads) => WriteEvent(2, hub, listeners, timers, greenThreads);

    [Event(3, Level = EventLevel.Warning, Version = 1, Message = "hub {0}: {2} has kept the thread for {1} ms, in {3} or what it called")]
    private void HubBlocked(string hub, double milliseconds, string greenThread, string method) => WriteEvent(3, hub, milliseconds, greenThread, method);

    [Event(4, Level = EventLevel.Warning, Message = "accept failed for want of resources, trying again: {0}")]
    internal void AcceptDeferred(string error) => WriteEvent(4, error);

    [Event(5, Level = EventLevel.Warning, Message = "hub {0}: its native library says: {1}")]
    internal void BackendWarning(string hub, string text) => WriteEvent(5, hub, text);

    [Event(6, Level = EventLevel.Warning, Message = "{0} cannot share its port with others, and goes on alone: {1}")]
    internal void ReusePortUnavailable(string socket, string reason) => WriteEvent(6, socket, reason);

    [Event(7, Level = EventLevel.Warning, Message = "{0} was asked to share a port that the system chooses: nobody else can know it yet")]
    internal void ReuseRandomPort(string socket) => WriteEvent(7, socket);
}
