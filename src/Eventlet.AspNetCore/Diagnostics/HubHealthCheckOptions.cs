namespace Eventlet.AspNetCore;

/// <summary>When a hub's lag is no longer healthy.</summary>
public sealed class HubHealthCheckOptions
{
    /// <summary>From which lag on the result is Degraded. Default: 100 ms.</summary>
    public TimeSpan Degraded { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>From which lag on the result is the registration's failure status; also how long the check waits at most. Default: 1 s.</summary>
    public TimeSpan Unhealthy { get; set; } = TimeSpan.FromSeconds(1);
}
