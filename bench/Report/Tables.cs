using System.Globalization;
using System.Text;

namespace Eventlet.Bench.Report;

/// <summary>Tables in Markdown.</summary>
internal static class Tables
{
    private const string NotMeasured = "Not measured in this run.";

    private static readonly string[] Head =
    [
        "server", "per second", "CPU µs", "vs C epoll", "vs .NET sockets", "vs eventlet", "p50 µs", "p99 µs", "p99.9 µs", "system calls", "switches", "allocated B", "peak MiB",
    ];

    private static readonly string[] SmallThings =
    [
        "switch", "spawn", "spawn-switch-end", "spawn-wait", "link", "kill", "queue", "semaphore", "event", "post", "timer-add", "timer-cancel", "timer-fire", "idle-event-bytes", "idle-timer-bytes",
    ];

    private static readonly string[] SmallBy = ["epoll", "io_uring", "poll", "select", "libevent", "dotnet", "eventlet", "gevent"];

    /// <summary>Of several whole runs the medians.</summary>
    internal static string Targets(IReadOnlyList<Results> runs) => Markdown([Bench.Targets.Head, .. Bench.Targets.Of(runs).Select(Bench.Targets.Cells)]);

    internal static string Of(Results results, string name) => name switch
    {
        "machine" => $"{results.Machine}",
        "versions" => Markdown([["server", "version"], .. Servers.All.Where(s => results.Versions.ContainsKey(s.Name)).Select(s => new[] { s.Name, results.Versions[s.Name] })]),
        _ when name.StartsWith("plot-", StringComparison.Ordinal) => Plot(results, name[5..]),
        "idle-ratio" when results.Measurements.All(static m => m.PlainWindows.Count == 0) => NotMeasured,
        "micro" when !results.Micro.ContainsKey(Servers.Hubs[0]) => NotMeasured,
        "idle-ratio" => Markdown([["server", "CPU µs, none idle", "CPU µs, 10,000 idle", "ratio"], .. results.Measurements.Where(static m => m.PlainWindows.Count > 0 && m.Failure is null).Select(IdleRow)]),
        "micro" => Micro(results),
        _ => WorkLoadTable(results, name),
    };

    private static string Plot(Results results, string plot) => results.Scaling.ContainsKey(plot) ? $"![{Plots.Titles[plot].Title}](performance/{plot}.svg)" : NotMeasured;

    private static string WorkLoadTable(Results results, string name)
    {
        Measurement[] all = [.. results.Measurements.Where(m => m.WorkLoad == name)];
        if (all.Length == 0)
        {
            return NotMeasured;
        }

        var text = new StringBuilder(Markdown([Head, .. all.Where(static m => m.Failure is null).OrderBy(static m => m.Of(static w => w.CpuUs)?.Median ?? double.MaxValue).Select(m => Row(results, m))]));
        string[] limited = [.. all.Where(static m => m.ClientIsLimit).Select(static m => m.Server)];
        if (limited.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nThe client was the limit with {string.Join(", ", limited)}: throughput is not compared there, only CPU time.\n");
        }

        int discarded = all.Sum(static m => m.Windows.Count(static w => w.Discarded is not null));
        text.Append(all.All(static m => m.Windows.Count == 0)
            ? "\nCounts only: times were not measured in this run.\n"
            : string.Create(CultureInfo.InvariantCulture, $"\n{all.Sum(static m => m.Counted.Count())} windows counted, {discarded} disturbed ones discarded.\n"));
        foreach (Measurement failed in all.Where(static m => m.Failure is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{failed.Server}: no figures: {failed.Failure}\n");
        }

        return text.ToString();
    }

    private static string[] Row(Results results, Measurement m) =>
    [
        Servers.Hubs.Contains(m.Server) ? $"**{m.Server}**" : m.Server,
        (m.ClientIsLimit ? "> " : "") + Text(m.Of(static w => w.PerSecond)?.Median, "#,0"),
        m.Of(static w => w.CpuUs)?.Text("F2") ?? (m.Windows.Count == 0 ? "–" : "disturbed"),
        m.Ratio(results.Find(m.WorkLoad, Servers.Reference), static w => w.CpuUs)?.Text("F2") ?? "–",
        Text(m.Ratio(results.Find(m.WorkLoad, "dotnet"), static w => w.CpuUs)?.Median, "F2"),
        Text(m.Ratio(results.Find(m.WorkLoad, "eventlet"), static w => w.CpuUs)?.Median, "F2"),
        Text(m.Of(static w => w.P50Us)?.Median, "F0"),
        Text(m.Of(static w => w.P99Us)?.Median, "F0"),
        Text(m.Of(static w => w.P999Us)?.Median, "F0"),
        Text(m.Calls, "F3"),
        Text(m.Of(static w => w.Switches)?.Median, "F3"),
        Text(m.AllocatedBytes, "#,0.#"),
        Text(m.PeakKib / 1024.0, "F1"),
    ];

    private static string[] IdleRow(Measurement m) =>
    [
        Servers.Hubs.Contains(m.Server) ? $"**{m.Server}**" : m.Server,
        Text(Spread.Of(m.PlainWindows.Where(static w => w.Discarded is null).Select(static w => w.CpuUs))?.Median, "F2"),
        Text(m.Of(static w => w.CpuUs)?.Median, "F2"),
        m.RatioToPlain(static w => w.CpuUs)?.Text("F2") ?? "disturbed",
    ];

    private static string Micro(Results results) => Markdown(
    [
        ["", .. SmallBy.Where(results.Micro.ContainsKey)],
        .. SmallThings.Select(name => new[] { name }.Concat(SmallBy.Where(results.Micro.ContainsKey).Select(by => Text(results.MicroFigure(by, name), "#,0"))).ToArray()),
    ]);

    private static string Markdown(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var text = new StringBuilder();
        for (int i = 0; i < rows.Count; i++)
        {
            text.Append("| ").AppendJoin(" | ", rows[i]).Append(" |\n");
            if (i == 0)
            {
                text.Append("|---|").Append(string.Concat(Enumerable.Repeat("---:|", rows[0].Count - 1))).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
