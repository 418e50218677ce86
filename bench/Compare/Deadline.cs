using System.Globalization;

namespace Eventlet.Bench;

/// <summary>How long a run may take. What is left when all is measured goes to windows that were disturbed.</summary>
internal sealed class Deadline(DateTime end)
{
    /// <summary>Set by bench/compare, in seconds since 1970: its build counts too.</summary>
    private const string StartVariable = "EVENTLET_BENCH_STARTED";

    internal TimeSpan Left => end - DateTime.UtcNow;

    internal bool IsOver => Left <= TimeSpan.Zero;

    /// <summary>So long after the command was given.</summary>
    internal static Deadline AfterStart(TimeSpan time) => new(
        double.TryParse(Environment.GetEnvironmentVariable(StartVariable), CultureInfo.InvariantCulture, out double start)
            ? DateTime.UnixEpoch.AddSeconds(start) + time
            : DateTime.UtcNow + time);

    internal static Deadline After(TimeSpan time) => new(DateTime.UtcNow + time);
}
