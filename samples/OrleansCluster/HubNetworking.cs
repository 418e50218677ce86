using Eventlet.AspNetCore;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Samples;

/// <summary>Puts the connections of Orleans on hubs.</summary>
internal static class HubNetworking
{
    /// <summary>
    /// Orleans asks for what listens (silo, gateway) and what connects (to silos, to gateways) as keyed services under keys of its own. Each of them is replaced under
    /// the key that it has.
    /// </summary>
    internal static void PutOrleansOnHubs(this IServiceCollection services)
    {
        services.AddHubConnections();
        int replaced = Replace<IConnectionFactory, HubConnectionFactory>(services) + Replace<IConnectionListenerFactory, HubConnectionListenerFactory>(services);
        if (replaced == 0)
        {
            throw new InvalidOperationException("this version of Orleans registers its connections otherwise");
        }
    }

    private static int Replace<TService, THub>(IServiceCollection services)
        where TService : class
        where THub : TService
    {
        int replaced = 0;
        for (int i = 0; i < services.Count; i++)
        {
            if (services[i].IsKeyedService && services[i].ServiceType == typeof(TService))
            {
                services[i] = ServiceDescriptor.KeyedSingleton<TService>(services[i].ServiceKey, static (provider, _) => provider.GetRequiredService<THub>());
                replaced++;
            }
        }

        return replaced;
    }
}
