using Eventlet.AspNetCore;
using Eventlet.Net;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>IHttpClientFactory on hubs.</summary>
public static class HubHttpClientBuilderExtensions
{
    /// <summary>The connections of this client are green sockets on the hubs that Kestrel uses after UseHubs. It replaces the client's primary handler.</summary>
    /// <param name="builder">The client, as AddHttpClient returns it.</param>
    /// <param name="options">How a host's addresses are found and tried; null: the defaults.</param>
    public static IHttpClientBuilder AddHubs(this IHttpClientBuilder builder, ConnectOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHubConnections();
        return builder.ConfigurePrimaryHttpMessageHandler(provider => GreenHttp.CreateHandler(provider.GetRequiredService<HubTransport>().Group.LeastBusy, options));
    }
}
