using System.Globalization;
using Spectre.Console;

namespace Eventlet.Tool.Output;

/// <summary>The table of runs.</summary>
internal static class RunTable
{
    internal static void Write(IEnumerable<RunReport> runs)
    {
        var table = new Table().AddColumn("hub");
        foreach (string heading in (string[])["connections", "round trips/s", "p50 µs", "p99 µs", "CPU µs/trip", "errors"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned().PadRight(0));
        }

        foreach (RunReport run in runs)
        {
            table.AddRow(
                new Text(run.Name), Number(run.Connections, "N0"), Number(run.RoundTripsPerSecond, "N0"), Number(run.P50, "N0"), Number(run.P99, "N0"),
                Number(run.Cpu, "N1"), new Text(run.Errors.ToString("N0", CultureInfo.InvariantCulture), run.Errors > 0 ? new Style(Color.Red) : Style.Plain));
        }

        Terminal.Write(table);
    }

    private static Text Number(double value, string format) => new(value.ToString(format, CultureInfo.InvariantCulture));
}
