using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Eventlet.Tests.Support;

/// <summary>Kestrel's own instruments of one site: how many connections there are, and the tags of the first one's duration.</summary>
internal sealed class KestrelCounts : IDisposable
{
    private static readonly string[] s_tags = ["network.protocol.name", "network.protocol.version", "server.address", "server.port", "network.transport"];

    private readonly MeterListener _listener = new();
    private readonly TaskCompletionSource<string[]> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IMeterFactory? _factory;
    private long _active;

    internal KestrelCounts()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name is "kestrel.active_connections" or "kestrel.connection.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _factory))
            {
                Interlocked.Add(ref _active, value);
            }
        });
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _factory))
            {
                Dictionary<string, object?> named = new(tags.ToArray());
                _ended.TrySetResult([.. s_tags.Select(tag => $"{named.GetValueOrDefault(tag)}")]);
            }
        });
        _listener.Start();
    }

    internal long Active => Interlocked.Read(ref _active);

    /// <summary>The tags of the first connection that has ended.</summary>
    internal Task<string[]> Ended => _ended.Task;

    /// <summary>Counts this site's.</summary>
    internal void Watch(Site site) => _factory = site.Services.GetRequiredService<IMeterFactory>();

    public void Dispose() => _listener.Dispose();
}
