using System.Net;
using System.Net.Sockets;
using Eventlet.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Eventlet.Tests.Support;

/// <summary>How a <see cref="Site"/> is made.</summary>
internal sealed class SiteOptions
{
    /// <summary>Sets Kestrel's options; endpoints too, else it listens on a loopback port for HTTP/1.1.</summary>
    internal Action<KestrelServerOptions>? Kestrel { get; set; }

    /// <summary>Sets the options of the endpoint.</summary>
    internal Action<ListenOptions>? Endpoint { get; set; }

    /// <summary>Whether <see cref="Kestrel"/> sets the endpoints.</summary>
    internal bool HasOwnEndpoints { get; set; }

    internal Action<HubTransportOptions>? Transport { get; set; }

    internal Action<IServiceCollection>? Services { get; set; }

    internal Action<WebApplication>? Pipeline { get; set; }

    /// <summary>How long StopAsync waits for requests. Default: 20 s.</summary>
    internal TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(20);
}

/// <summary>An application on Kestrel, on one of the transports, for one test.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _application;
    private HttpClient? _client;

    private Site(WebApplication application, LogEntries log)
    {
        _application = application;
        Log = log;
    }

    internal LogEntries Log { get; }

    internal IServiceProvider Services => _application.Services;

    internal Uri Address => new(_application.Urls.First().Replace("[::]", "127.0.0.1").Replace("0.0.0.0", "127.0.0.1"));

    internal int Port => Address.Port;

    internal HttpClient Client => _client ??= new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(50) };

    internal static async Task<Site> StartAsync<T>(RequestDelegate application, Action<SiteOptions>? configure = null)
        where T : ITransport
    {
        var options = new SiteOptions();
        configure?.Invoke(options);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            options.Kestrel?.Invoke(kestrel);
            if (!options.HasOwnEndpoints)
            {
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => options.Endpoint?.Invoke(endpoint));
            }
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        T.Use(builder.WebHost, options.Transport);
        var log = new LogEntries();
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        options.Services?.Invoke(builder.Services);
        WebApplication built = builder.Build();
        options.Pipeline?.Invoke(built);
        built.Run(application);
        try
        {
            await built.StartAsync();
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }

        return new Site(built, log);
    }

    internal Task StopAsync(CancellationToken cancellationToken = default) => _application.StopAsync(cancellationToken);

    /// <summary>A plain TCP connection to it.</summary>
    internal async Task<RawConnection> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return new RawConnection(socket);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _application.DisposeAsync();
    }
}
