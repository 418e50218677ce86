namespace Eventlet.Bench;

/// <summary>Why a window does not count. bench/README.md has the reasons for the limits.</summary>
/// <param name="ForeignPercent">How much of a core others may use, or the client wait for its core.</param>
/// <param name="SlowPercent">How much dearer the client's own work may be than in its best window; 0: any.</param>
public sealed record Disturbance(double ForeignPercent = 10, double SlowPercent = 50)
{
    /// <summary>The reason, or null. <paramref name="bestClientUs"/>: what the client needed for a round trip at best with this server.</summary>
    public string? Of(Window window, double bestClientUs)
    {
        ArgumentNullException.ThrowIfNull(window);
        double waited = 100 * window.ClientDelaySeconds / window.Seconds;
        return window.ForeignPercent > ForeignPercent ? $"others used {window.ForeignPercent:F0} % of a core"
            : waited > ForeignPercent ? $"the client waited {waited:F0} % of the time for its core"
            : SlowPercent > 0 && window.ClientUs > bestClientUs * (1 + (SlowPercent / 100))
                ? $"a slow spell: the client needed {window.ClientUs:F1} us per round trip, {bestClientUs:F1} at best"
            : null;
    }
}
