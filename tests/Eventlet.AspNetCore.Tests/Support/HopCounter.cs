using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Eventlet.Tests.Support;

/// <summary>Counts what the metric of hops off the hub counts, of one site.</summary>
internal sealed class HopCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private IMeterFactory? _factory;
    private long _count;

    internal HopCounter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "eventlet.aspnetcore.off_hub_hops")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _factory))
            {
                Interlocked.Add(ref _count, value);
            }
        });
        _listener.Start();
    }

    internal long Count => Interlocked.Read(ref _count);

    /// <summary>Counts this site's from now on.</summary>
    internal void Watch(Site site)
    {
        Interlocked.Exchange(ref _count, 0);
        _factory = site.Services.GetRequiredService<IMeterFactory>();
    }

    public void Dispose() => _listener.Dispose();
}
