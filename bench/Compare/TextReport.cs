using System.Globalization;

namespace Eventlet.Bench;

/// <summary>The tables of a run.</summary>
public static class TextReport
{
    private static readonly string[] Head =
    [
        "server", "per second", "CPU us", "vs c-epoll", "vs dotnet", "vs eventlet", "p50 us", "p99", "p99.9", "calls", "switches", "alloc B", "peak MiB", "client %", "windows",
    ];

    /// <summary>The table of one work load, and what its reader has to know.</summary>
    public static void Write(TextWriter to, Results results, WorkLoad work)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(work);
        Measurement[] all = [.. results.Measurements.Where(m => m.WorkLoad == work.Name)];
        to.WriteLine($"{work.Name}: {work.Title}; figures per {work.Unit}, medians (least..most), ratios of CPU time");
        Table.Write(to, [Head, .. all.Where(static m => m.Failure is null).Select(m => Row(results, m))]);
        foreach (Measurement failed in all.Where(static m => m.Failure is not null))
        {
            to.WriteLine($"{failed.Server}: no figures: {failed.Failure}");
        }

        Notes(to, all);
        to.WriteLine();
    }

    private static string[] Row(Results results, Measurement m) =>
    [
        m.Server,
        m.ClientIsLimit ? $"> {Text(m.Of(static w => w.PerSecond)?.Median, "F0")}" : m.Of(static w => w.PerSecond)?.Text("F0") ?? "disturbed",
        m.Of(static w => w.CpuUs)?.Text("F2") ?? "-",
        m.Ratio(results.Find(m.WorkLoad, Servers.Reference), static w => w.CpuUs)?.Text("F2") ?? "-",
        Text(m.Ratio(results.Find(m.WorkLoad, "dotnet"), static w => w.CpuUs)?.Median, "F2"),
        Text(m.Ratio(results.Find(m.WorkLoad, "eventlet"), static w => w.CpuUs)?.Median, "F2"),
        Text(m.Of(static w => w.P50Us)?.Median, "F0"),
        Text(m.Of(static w => w.P99Us)?.Median, "F0"),
        Text(m.Of(static w => w.P999Us)?.Median, "F0"),
        Text(m.Calls, "F3"),
        Text(m.Of(static w => w.Switches)?.Median, "F3"),
        Text(m.AllocatedBytes, "F1"),
        Text(m.PeakKib / 1024.0, "F1"),
        Text(m.Of(static w => w.ClientPercent)?.Median, "F0"),
        $"{m.Counted.Count()}/{m.Windows.Count}",
    ];

    private static void Notes(TextWriter to, IReadOnlyList<Measurement> all)
    {
        string[] limited = [.. all.Where(static m => m.ClientIsLimit).Select(static m => m.Server)];
        if (limited.Length > 0)
        {
            to.WriteLine($"the client is the limit (over {Measurement.ClientLimit:F0} % of its core) with {string.Join(", ", limited)}: their throughput is not compared, only CPU time");
        }

        foreach (Measurement m in all)
        {
            if (m.RatioToPlain(static w => w.CpuUs) is { } ratio)
            {
                to.WriteLine($"{m.Server}: CPU time in ratio to the same load without the idle connections: {ratio.Text("F2")}");
            }
        }

        foreach (Measurement m in all.Where(static m => m.SystemCalls is { Count: > 0 }))
        {
            to.WriteLine($"calls of {m.Server}: {string.Join(", ", m.SystemCalls!.Select(static c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value:F3}")))}");
        }

        foreach (Measurement m in all.Where(static m => m.Windows.Any(static w => w.Starved > 0)))
        {
            to.WriteLine($"{m.Server}: in one window {m.Windows.Max(static w => w.Starved)} connections had no reply at all");
        }
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
