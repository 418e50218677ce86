using Eventlet.Net;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Samples;

/// <summary>Passes every request on to one of the backends that are well.</summary>
internal static class Gateway
{
    internal static WebApplication Create(string[] backends, string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.WebHost.UseHubs();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddReverseProxy()
            .LoadFromMemory([new RouteConfig { RouteId = "all", ClusterId = "backends", Match = new RouteMatch { Path = "{**rest}" } }], [Cluster(backends)]);
        builder.Services.AddSingleton<IForwarderHttpClientFactory, ClientFactory>();
        WebApplication app = builder.Build();
        app.MapReverseProxy(static proxy =>
        {
            proxy.Use(TryTheOthers);
            proxy.UseLoadBalancing();
        });
        return app;
    }

    private static ClusterConfig Cluster(string[] backends) => new()
    {
        ClusterId = "backends",
        LoadBalancingPolicy = "RoundRobin",
        Destinations = backends.Select((address, index) => (address, Name: $"backend {index + 1}")).ToDictionary(static one => one.Name, static one => new DestinationConfig { Address = one.address }),
        HealthCheck = new HealthCheckConfig
        {
            // Whoever does not answer is left out until it does.
            Active = new ActiveHealthCheckConfig { Enabled = true, Path = "/alive", Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(5), Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures },
        },
        Metadata = new Dictionary<string, string> { [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName] = "1" },
    };

    /// <summary>A request that changes nothing may be sent again: while a backend dies, the next one answers.</summary>
    private static async Task TryTheOthers(HttpContext context, RequestDelegate next)
    {
        IReverseProxyFeature proxy = context.GetReverseProxyFeature();
        List<DestinationState> left = [.. proxy.AvailableDestinations];
        for (; ; )
        {
            await next(context);
            bool mayTryAgain = context.GetForwarderErrorFeature() is not null && HttpMethods.IsGet(context.Request.Method) && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested;
            if (!mayTryAgain || proxy.ProxiedDestination is not { } tried || !left.Remove(tried) || left.Count == 0)
            {
                return;
            }

            proxy.AvailableDestinations = [.. left];
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.Clear();
        }
    }

    /// <summary>The gateway's own connections, to the backends, are on hubs too.</summary>
    private sealed class ClientFactory : ForwarderHttpClientFactory
    {
        protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);
            using SocketsHttpHandler green = GreenHttp.CreateHandler();
            handler.ConnectCallback = green.ConnectCallback;
        }
    }
}
