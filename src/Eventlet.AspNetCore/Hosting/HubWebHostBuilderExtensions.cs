using Eventlet.AspNetCore;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Kestrel on hubs.</summary>
public static class HubWebHostBuilderExtensions
{
    /// <summary>
    /// Kestrel's connections run on hubs from now on, instead of the stock sockets transport: for every IP endpoint, Unix socket and handle that it listens on. Protocols, TLS,
    /// limits and middleware are Kestrel's and stay as they are.
    /// </summary>
    /// <param name="builder">The host, as in <c>builder.WebHost</c>.</param>
    /// <param name="configure">Sets the options, after the configuration section <see cref="HubTransportOptions.Section"/>; null: nothing to set.</param>
    public static IWebHostBuilder UseHubs(this IWebHostBuilder builder, Action<HubTransportOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ConfigureServices(services =>
        {
            services.AddHubConnections(configure);
            services.TryAddEnumerable(ServiceDescriptor.Transient<IStartupFilter, HubApplicationFilter>());

            // The factory that was registered last is asked first.
            services.AddSingleton<IConnectionListenerFactory>(static provider => provider.GetRequiredService<HubConnectionListenerFactory>());
        });
    }
}
