using System.Diagnostics.Metrics;

namespace Eventlet.AspNetCore;

/// <summary>The transport's own instruments; Kestrel's (kestrel.*) are Kestrel's.</summary>
internal sealed class TransportMetrics
{
    internal const string MeterName = "Eventlet.AspNetCore";

    private readonly Counter<long> _offHubHops;
    private readonly Counter<long> _deferredAccepts;

    internal TransportMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(MeterName);
        _offHubHops = meter.CreateCounter<long>(
            "eventlet.aspnetcore.off_hub_hops", "{hop}", "Reads of an application that runs on the hub which were begun on another thread, after the first of each connection");
        _deferredAccepts = meter.CreateCounter<long>(
            "eventlet.aspnetcore.deferred_accepts", "{attempt}", "Attempts to accept that were put off, for want of descriptors or memory");
    }

    internal void OffHubHop() => _offHubHops.Add(1);

    internal void AcceptDeferred() => _deferredAccepts.Add(1);
}
