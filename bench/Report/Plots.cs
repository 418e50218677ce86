using ScottPlot;

namespace Eventlet.Bench.Report;

/// <summary>The plots of what bench/compare --scaling has measured.</summary>
internal static class Plots
{
    private const int Width = 800;
    private const int Height = 480;

    /// <summary>Of each plot its title, what its axes are, and which of them are logarithmic.</summary>
    internal static IReadOnlyDictionary<string, (string Title, string X, string Y, bool LogX, bool LogY)> Titles { get; } = new Dictionary<string, (string, string, string, bool, bool)>
    {
        ["idle"] = ("CPU time per round trip, 50 busy connections among idle ones", "idle connections", "µs of CPU per round trip", true, true),
        ["memory"] = ("Memory of waiting greenthreads", "greenthreads", "MiB", true, true),
        ["timers"] = ("Cost of a timer among many", "timers", "ns for each", true, false),
        ["hubs"] = ("Throughput against hubs, client on the same two cores", "hubs", "round trips/s", false, false),
    };

    internal static void Draw(Results results, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, IReadOnlyDictionary<string, IReadOnlyList<Point>> lines) in results.Scaling)
        {
            Draw(Path.Combine(folder, name + ".svg"), name, lines);
        }
    }

    private static void Draw(string file, string name, IReadOnlyDictionary<string, IReadOnlyList<Point>> lines)
    {
        (string title, string x, string y, bool logX, bool logY) = Titles[name];
        using var plot = new Plot();
        plot.Title(title);
        plot.XLabel(x);
        plot.YLabel(y);
        foreach ((string label, IReadOnlyList<Point> points) in lines)
        {
            ScottPlot.Plottables.Scatter line = plot.Add.Scatter(Scaled(points.Select(static p => p.X), logX), Scaled(points.Select(static p => p.Y), logY));
            line.LegendText = label;
            line.LineWidth = 2;
            line.MarkerSize = 6;
        }

        if (logX)
        {
            plot.Axes.Bottom.TickGenerator = Decades();
        }

        else
        {
            plot.Axes.Bottom.SetTicks([.. lines.Values.SelectMany(static p => p).Select(static p => p.X).Distinct()], [.. lines.Values.SelectMany(static p => p).Select(static p => $"{p.X}").Distinct()]);
        }

        if (logY)
        {
            plot.Axes.Left.TickGenerator = Decades();
        }
        else
        {
            plot.Axes.SetLimitsY(0, lines.Values.SelectMany(static p => p).Max(static p => p.Y) * 1.15);
        }

        plot.ShowLegend(Alignment.UpperLeft);
        plot.SaveSvg(file, Width, Height);
    }

    private static double[] Scaled(IEnumerable<double> values, bool log) => [.. log ? values.Select(Math.Log10) : values];

    private static ScottPlot.TickGenerators.NumericAutomatic Decades() => new()
    {
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        IntegerTicksOnly = true,
        LabelFormatter = static decade => Math.Pow(10, decade).ToString("#,0.##", System.Globalization.CultureInfo.InvariantCulture),
    };
}
