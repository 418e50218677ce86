using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Samples;

/// <summary>The members of one cluster, all at one address. The first silo keeps the list of members: a real cluster has a database for it.</summary>
internal sealed class Cluster(IPAddress address)
{
    private const int FirstSilo = 11111, FirstGateway = 30000;

    /// <summary>A silo, not started yet.</summary>
    internal IHost Silo(int number)
    {
        HostApplicationBuilder builder = Create();
        builder.UseOrleans(silo =>
        {
            silo.UseDevelopmentClustering(new IPEndPoint(address, FirstSilo))
                .Configure<ClusterOptions>(Identify)
                .Configure<SiloOptions>(options => options.SiloName = $"silo {number}")
                .ConfigureEndpoints(address, FirstSilo + number - 1, FirstGateway + number - 1);
            silo.Services.PutOrleansOnHubs();
        });
        return builder.Build();
    }

    /// <summary>A client, not connected yet.</summary>
    internal IHost Client()
    {
        HostApplicationBuilder builder = Create();
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(new IPEndPoint(address, FirstGateway), new IPEndPoint(address, FirstGateway + 1)).Configure<ClusterOptions>(Identify);
            client.Services.PutOrleansOnHubs();
        });
        return builder.Build();
    }

    private static HostApplicationBuilder Create()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        return builder;
    }

    private static void Identify(ClusterOptions options) => (options.ClusterId, options.ServiceId) = ("hubs", "sample");
}
