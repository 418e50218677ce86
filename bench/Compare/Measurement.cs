using System.Text.Json.Serialization;

namespace Eventlet.Bench;

/// <summary>One server under one work load: every window, and what was counted in runs of their own.</summary>
public sealed record Measurement
{
    /// <summary>Above this share of its core, in percent, the client is taken to be the limit.</summary>
    public const double ClientLimit = 90;

    public required string WorkLoad { get; init; }
    public required string Server { get; init; }
    public IReadOnlyList<Window> Windows { get; init; } = [];

    /// <summary>Windows of the plain load in the same rounds, if the work load has one.</summary>
    public IReadOnlyList<Window> PlainWindows { get; init; } = [];

    /// <summary>How often the server's first thread, the hub's, was given a core during two idle seconds; null: not looked at.</summary>
    public long? IdleRuns { get; init; }

    /// <summary>System calls per round trip, by name; null: not counted.</summary>
    public IReadOnlyDictionary<string, double>? SystemCalls { get; init; }

    /// <summary>Bytes allocated on the .NET heap per round trip; null: no .NET server, or not counted.</summary>
    public double? AllocatedBytes { get; init; }

    /// <summary>Work items of the thread pool per round trip; null likewise.</summary>
    public double? PoolItems { get; init; }

    /// <summary>The most physical memory that the process had, in KiB.</summary>
    public long? PeakKib { get; init; }

    /// <summary>Why there are no figures, if there are none.</summary>
    public string? Failure { get; init; }

    [JsonIgnore]
    public IEnumerable<Window> Counted => Windows.Where(static w => w.Discarded is null);

    [JsonIgnore]
    public bool ClientIsLimit => Of(static w => w.ClientPercent) is { Median: > ClientLimit };

    [JsonIgnore]
    public double? Calls => SystemCalls?.Values.Sum();

    /// <summary>The windows of both; counts of the later one where it has them. Rounds count on, so that none is taken for one of another session.</summary>
    /// <param name="later">What was measured now.</param>
    /// <param name="rounds">How many rounds of this work load there were before.</param>
    public Measurement Then(Measurement later, int rounds)
    {
        ArgumentNullException.ThrowIfNull(later);
        if (later.Failure is not null)
        {
            return later with { Windows = Windows };
        }

        return later with
        {
            Windows = [.. Windows, .. later.Windows.Select(w => w with { Round = w.Round + rounds })],
            PlainWindows = [.. PlainWindows, .. later.PlainWindows.Select(w => w with { Round = w.Round + rounds })],
            SystemCalls = later.SystemCalls ?? SystemCalls,
            AllocatedBytes = later.AllocatedBytes ?? AllocatedBytes,
            PoolItems = later.PoolItems ?? PoolItems,
            IdleRuns = later.IdleRuns ?? IdleRuns,
            PeakKib = later.Windows.Count == 0 ? PeakKib : Math.Max(later.PeakKib ?? 0, PeakKib ?? 0),
        };
    }

    /// <summary>A figure over the windows that count; null when there is none.</summary>
    public Spread? Of(Func<Window, double> figure) => Spread.Of(Counted.Select(figure));

    /// <summary>The ratio of a figure to the same of another server, taken within each round: drift of the machine cancels out.</summary>
    public Spread? Ratio(Measurement? to, Func<Window, double> figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return to is null ? null : Ratio(Counted, to.Counted, figure);
    }

    /// <summary>The ratio to the plain load on the same server.</summary>
    public Spread? RatioToPlain(Func<Window, double> figure) => Ratio(Counted, PlainWindows.Where(static w => w.Discarded is null), figure);

    private static Spread? Ratio(IEnumerable<Window> mine, IEnumerable<Window> others, Func<Window, double> figure) => Spread.Of(
        from one in mine
        join other in others on one.Round equals other.Round
        select figure(one) / figure(other));
}
