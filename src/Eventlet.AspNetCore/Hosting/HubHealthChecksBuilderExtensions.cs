using Eventlet.AspNetCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health of the hubs.</summary>
public static class HubHealthChecksBuilderExtensions
{
    /// <summary>Checks the lag of the hubs: how long each takes to come to something new, which a blocked one does not.</summary>
    /// <param name="builder">The checks, as AddHealthChecks returns them.</param>
    /// <param name="configure">Sets the limits; null: the defaults.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What a hub that is stuck is reported as; null: Unhealthy.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    public static IHealthChecksBuilder AddHubs(
        this IHealthChecksBuilder builder, Action<HubHealthCheckOptions>? configure = null, string name = "hubs", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new HubHealthCheckOptions();
        configure?.Invoke(options);
        if (options.Degraded < TimeSpan.Zero || options.Unhealthy < options.Degraded)
        {
            throw new ArgumentException("Degraded must not be negative, and Unhealthy must not be less than Degraded", nameof(configure));
        }

        builder.Services.AddHubConnections();
        return builder.Add(new HealthCheckRegistration(
            name, provider => new HubHealthCheck(provider.GetRequiredService<HubTransport>(), options), failureStatus, tags));
    }
}
