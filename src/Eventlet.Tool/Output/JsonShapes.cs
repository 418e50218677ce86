using System.Text.Json.Serialization;
using Eventlet.Tool.Measuring;

namespace Eventlet.Tool.Output;

/// <summary>What <c>hubs --json</c> writes.</summary>
internal sealed record HubsReport(string? Default, HubChoice Chosen, string System, LimitReport Limits, IReadOnlyList<HubEntry> Hubs);

/// <summary>Which hub a thread gets, or why none, and by what rule.</summary>
internal sealed record HubChoice(string? Hub, string Rule, string? Error);

/// <summary>The limits in force.</summary>
internal sealed record LimitReport(Limit? Descriptors, Limit? LockedMemory);

/// <summary>One limit, in descriptors or bytes; null: none.</summary>
internal sealed record Limit(long? Soft, long? Hard);

/// <summary>One hub of it.</summary>
internal sealed record HubEntry(string Name, IReadOnlyList<string> Aliases, bool Available, string? WhyNot, string? Details);

/// <summary>What <c>demo --json</c> writes.</summary>
internal sealed record DemoReport(IReadOnlyList<RunReport> Hubs);

/// <summary>One run of a client: a hub of the demonstration, or what <c>load --json</c> writes. Times in microseconds.</summary>
internal sealed record RunReport(
    string Name, int Connections, int Size, double Seconds, long RoundTrips, double RoundTripsPerSecond,
    [property: JsonPropertyName("p50Microseconds")] double P50, [property: JsonPropertyName("p99Microseconds")] double P99,
    [property: JsonPropertyName("cpuMicrosecondsPerRoundTrip")] double Cpu, int Errors, string? FirstError)
{
    internal static RunReport Of(string hub, int connections, int size, LoadFigures figures) => new(
        hub, connections, size, Math.Round(figures.Elapsed.TotalSeconds, 3), figures.RoundTrips, Math.Round(figures.RoundTripsPerSecond),
        Math.Round(figures.P50.TotalMicroseconds, 1), Math.Round(figures.P99.TotalMicroseconds, 1), Math.Round(figures.CpuMicroseconds, 2),
        figures.Errors, figures.FirstError);
}

/// <summary>The shapes, known when the tool is compiled.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HubsReport))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class JsonShapes : JsonSerializerContext;
