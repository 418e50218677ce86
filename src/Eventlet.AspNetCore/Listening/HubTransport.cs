using System.Buffers;
using System.Collections.Concurrent;
using Eventlet.AspNetCore.Connections;
using Eventlet.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Eventlet.AspNetCore;

/// <summary>The hubs of an application, shared by all its listeners and its client connections, made on first use and ended with the container.</summary>
internal sealed class HubTransport : IAsyncDisposable, IDisposable
{
    private readonly HubTransportOptions _options;
    private readonly Lazy<HubGroup> _group;
    private readonly ConcurrentDictionary<Hub, MemoryPool<byte>> _pools = new();
    private readonly IMemoryPoolFactory<byte>? _poolFactory;

    public HubTransport(IOptions<HubTransportOptions> options, IServiceProvider services, ILoggerFactory loggers, System.Diagnostics.Metrics.IMeterFactory meters)
    {
        _options = options.Value;
        _poolFactory = services.GetService<IMemoryPoolFactory<byte>>();
        Log = new TransportLog(loggers.CreateLogger(TransportLog.Category));
        Metrics = new TransportMetrics(meters);
        KestrelServerLimits? limits = services.GetService<IOptions<KestrelServerOptions>>()?.Value.Limits;
        Settings = new ConnectionSettings(
            _options.ApplicationScheduling == ApplicationScheduling.Hub,
            IsClient: false,
            _options.WaitForDataBeforeAllocatingBuffer,
            Smaller(_options.MaxReadBufferSize, limits?.MaxRequestBufferSize),
            Smaller(_options.MaxWriteBufferSize, limits?.MaxResponseBufferSize),
            _options.HalfCloseTimeout,
            Log,
            Metrics);

        // The client's side of a connection is the caller's to schedule: nothing of Kestrel runs there.
        ClientSettings = Settings with { RunsOnHub = false, IsClient = true };
        _group = new Lazy<HubGroup>(StartHubs);
    }

    internal HubTransportOptions Options => _options;

    internal TransportLog Log { get; }

    internal TransportMetrics Metrics { get; }

    internal ConnectionSettings Settings { get; }

    internal ConnectionSettings ClientSettings { get; }

    /// <summary>The hubs, started if they were not.</summary>
    /// <exception cref="HubException">None of the named hubs can be had.</exception>
    internal HubGroup Group => _group.Value;

    /// <summary>The hubs, if they run.</summary>
    internal IReadOnlyList<Hub> RunningHubs => _group.IsValueCreated ? _group.Value.Hubs : [];

    /// <summary>Puts a connected socket on one of the hubs.</summary>
    internal HubConnection Open(GreenSocket socket, Hub hub, ConnectionSettings settings)
    {
        socket.Home = hub;
        var connection = new HubConnection(socket, hub, _pools.GetOrAdd(hub, CreatePool), settings);
        connection.Start();
        return connection;
    }

    public void Dispose()
    {
        if (_group.IsValueCreated)
        {
            _group.Value.Dispose();
        }

        DisposePools();
    }

    public async ValueTask DisposeAsync()
    {
        if (_group.IsValueCreated)
        {
            await _group.Value.DisposeAsync().ConfigureAwait(false);
        }

        DisposePools();
    }

    private static long Smaller(long? own, long? kestrels) => (own ?? 0, kestrels ?? 0) switch
    {
        (0, var limit) => limit,
        (var limit, 0) => limit,
        var (left, right) => Math.Min(left, right),
    };

    private HubGroup StartHubs()
    {
        var group = new HubGroup(new HubGroupOptions
        {
            Count = _options.Hubs,
            Hub = _options.Hub,
            PinThreads = _options.PinThreads,
            Options = new HubOptions { ThreadName = "kestrel hub" },
        });
        Log.HubsStarted(group.Hubs.Count, group.Hubs[0].Name, Settings.RunsOnHub ? "hub" : "thread pool");
        return group;
    }

    /// <summary>Kestrel's own pool of pinned blocks of 4 KiB, one for each hub; without Kestrel the shared one.</summary>
    private MemoryPool<byte> CreatePool(Hub hub) =>
        _poolFactory?.Create(new MemoryPoolOptions { Owner = "eventlet" }) ?? MemoryPool<byte>.Shared;

    private void DisposePools()
    {
        foreach (MemoryPool<byte> pool in _pools.Values)
        {
            if (!ReferenceEquals(pool, MemoryPool<byte>.Shared))
            {
                pool.Dispose();
            }
        }
    }
}
