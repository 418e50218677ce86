namespace Eventlet.Tool.Measuring;

/// <summary>What a client has measured within its window; <see cref="Errors"/> and <see cref="FirstError"/> are of the whole run.</summary>
internal sealed record LoadFigures(TimeSpan Elapsed, long RoundTrips, TimeSpan P50, TimeSpan P99, TimeSpan Cpu, int Errors, string? FirstError)
{
    internal double RoundTripsPerSecond => Elapsed > TimeSpan.Zero ? RoundTrips / Elapsed.TotalSeconds : 0;

    internal double CpuMicroseconds => RoundTrips > 0 ? Cpu.TotalMicroseconds / RoundTrips : 0;

    /// <summary>Of a run that did not come to measuring.</summary>
    internal static LoadFigures None(string error) => new(TimeSpan.Zero, 0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, 1, error);
}
