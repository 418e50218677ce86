using System.Diagnostics.Metrics;

namespace Eventlet.Diagnostics;

/// <summary>
/// The meter "Eventlet": what the hubs of the process hold and have seen, observed when somebody collects it. Nothing is measured on a hub's own paths, nor where an error is
/// reported: out of descriptors, code of another assembly that was not needed before cannot be loaded.
/// </summary>
internal static class HubMeter
{
    private static readonly Meter s_meter = new("Eventlet");
    private static int s_hubs;

    static HubMeter()
    {
        s_meter.CreateObservableUpDownCounter<long>("eventlet.hub.greenthreads", () => Observe(static figures => figures.GreenThreads), "{greenthread}", "Greenthreads that have not ended");
        s_meter.CreateObservableUpDownCounter<long>("eventlet.hub.listeners", () => Observe(static figures => figures.Readers + figures.Writers), "{listener}", "Who waits for a descriptor");
        s_meter.CreateObservableUpDownCounter<long>("eventlet.hub.timers", () => Observe(static figures => figures.Timers), "{timer}", "Armed timers");
        s_meter.CreateObservableUpDownCounter<long>("eventlet.hub.ready", () => Observe(static figures => figures.Ready), "{item}", "What is ready to run");
        s_meter.CreateObservableCounter<long>("eventlet.hub.turns", () => Observe(static figures => figures.Turns), "{turn}", "Turns of MAINLOOP");
        s_meter.CreateObservableCounter<long>("eventlet.hub.polls", () => Observe(static figures => figures.Polls), "{poll}", "How often the backend was asked");
        s_meter.CreateObservableCounter<long>("eventlet.hub.events", () => Observe(static figures => figures.Events), "{event}", "Events that the backend has reported");
        s_meter.CreateObservableCounter<long>("eventlet.hub.unhandled_errors", static () => ObserveHub(static hub => Volatile.Read(ref hub.UnhandledErrors)), "{error}", "Errors that nobody waited for");
        s_meter.CreateObservableCounter<long>("eventlet.hub.blocked", static () => ObserveHub(static hub => Volatile.Read(ref hub.BlockedSteps)), "{step}", "Steps that blocking detection found too long");
    }

    /// <summary>A hub is made: gives it the number that tells it from others of its kind.</summary>
    internal static int NextHub() => Interlocked.Increment(ref s_hubs);

    private static List<Measurement<long>> Observe(Func<HubStatistics, long> figure) => ObserveHub(hub => figure(hub.Statistics));

    private static List<Measurement<long>> ObserveHub(Func<Hub, long> figure) =>
        HubRegistry.Snapshot().ConvertAll(hub => new Measurement<long>(figure(hub), Tags(hub)));

    private static KeyValuePair<string, object?>[] Tags(Hub hub) => [new("eventlet.hub.name", hub.Name), new("eventlet.hub.id", hub.Number)];
}
