using Eventlet.AspNetCore;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Hubs among an application's services.</summary>
public static class HubServiceCollectionExtensions
{
    /// <summary>
    /// Connections on hubs for clients and for servers other than Kestrel, on the same hubs that Kestrel uses after UseHubs: <see cref="HubConnectionFactory"/>, also as
    /// <see cref="IConnectionFactory"/> unless there is one, and <see cref="HubConnectionListenerFactory"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after the configuration section <see cref="HubTransportOptions.Section"/>; null: nothing to set.</param>
    public static IServiceCollection AddHubConnections(this IServiceCollection services, Action<HubTransportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddMetrics();
        services.AddLogging();
        services.AddOptions<HubTransportOptions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<HubTransportOptions>, HubTransportOptionsSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HubTransportOptions>, HubTransportOptionsValidation>());
        services.TryAddSingleton<HubTransport>();
        services.TryAddSingleton(static provider => new HubConnectionFactory(provider.GetRequiredService<HubTransport>()));
        services.TryAddSingleton(static provider => new HubConnectionListenerFactory(provider.GetRequiredService<HubTransport>()));
        services.TryAddSingleton<IConnectionFactory>(static provider => provider.GetRequiredService<HubConnectionFactory>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }
}
