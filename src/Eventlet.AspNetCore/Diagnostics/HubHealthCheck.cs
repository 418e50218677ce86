using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Eventlet.AspNetCore;

/// <summary>How long each hub takes to come to something new: what a request on it waits for at least.</summary>
internal sealed class HubHealthCheck(HubTransport transport, HubHealthCheckOptions options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Hub> hubs = transport.RunningHubs;
        if (hubs.Count == 0)
        {
            return HealthCheckResult.Healthy("no hub runs yet");
        }

        TimeSpan[] lags;
        try
        {
            lags = await Task.WhenAll(hubs.Select(hub => LagOf(hub, cancellationToken))).ConfigureAwait(false);
        }
        catch (HubException error)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"a hub has ended: {error.Message}", error);
        }

        TimeSpan longest = lags.Max();
        int at = Array.IndexOf(lags, longest);
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        for (int i = 0; i < lags.Length; i++)
        {
            data[$"hub {i} lag ms"] = lags[i].TotalMilliseconds;
        }

        string description = string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{hubs.Count} {hubs[0].Name} hub(s); hub {at} needs {(longest == options.Unhealthy ? "more than " : "")}{longest.TotalMilliseconds:0.###} ms to come to something new");
        return longest >= options.Unhealthy ? new HealthCheckResult(context.Registration.FailureStatus, description, null, data)
            : longest >= options.Degraded ? HealthCheckResult.Degraded(description, null, data)
            : HealthCheckResult.Healthy(description, data);
    }

    /// <summary>The lag, or the limit if it takes longer: a hub that is stuck must not keep the check waiting.</summary>
    private async Task<TimeSpan> LagOf(Hub hub, CancellationToken cancellationToken)
    {
        long begun = Stopwatch.GetTimestamp();
        var seen = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Post(() => seen.TrySetResult(Stopwatch.GetElapsedTime(begun)));
        try
        {
            TimeSpan lag = await seen.Task.WaitAsync(options.Unhealthy, cancellationToken).ConfigureAwait(false);
            return lag < options.Unhealthy ? lag : options.Unhealthy;
        }
        catch (TimeoutException)
        {
            return options.Unhealthy;
        }
    }
}
