using System.Text.Json.Serialization;

namespace Eventlet.Bench;

/// <summary>What the load generator tells about one window, and whether it counts.</summary>
public sealed record Window
{
    public long RoundTrips { get; init; }
    public double Seconds { get; init; }
    public double P50Us { get; init; }
    public double P99Us { get; init; }
    public double P999Us { get; init; }
    public double MaxUs { get; init; }
    public long Starved { get; init; }
    public long Errors { get; init; }
    public double ClientCpuSeconds { get; init; }
    public double ClientDelaySeconds { get; init; }
    public double ServerCpuSeconds { get; init; }
    public double ServerDelaySeconds { get; init; }
    public long ServerSwitches { get; init; }
    public int ServerThreads { get; init; }
    public double BusySeconds { get; init; }

    /// <summary>Which interleaved round it belongs to.</summary>
    public int Round { get; init; }

    /// <summary>Why it does not count; null: it does.</summary>
    public string? Discarded { get; init; }

    [JsonIgnore]
    public double PerSecond => RoundTrips / Seconds;

    [JsonIgnore]
    public double CpuUs => 1e6 * ServerCpuSeconds / RoundTrips;

    [JsonIgnore]
    public double Switches => (double)ServerSwitches / RoundTrips;

    [JsonIgnore]
    public double ServerPercent => 100 * ServerCpuSeconds / Seconds;

    [JsonIgnore]
    public double ClientPercent => 100 * ClientCpuSeconds / Seconds;

    /// <summary>What neither server nor client used, in percent of a core.</summary>
    [JsonIgnore]
    public double ForeignPercent => 100 * (BusySeconds - ServerCpuSeconds - ClientCpuSeconds) / Seconds;

    [JsonIgnore]
    public double ClientUs => 1e6 * ClientCpuSeconds / RoundTrips;
}
