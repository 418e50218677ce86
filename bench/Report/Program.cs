namespace Eventlet.Bench.Report;

/// <summary><c>bench/report RESULTS.json [RUN.json…]</c>: puts tables and plots of the results into docs/performance.md; the targets are medians of the runs, if any are named.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length == 0 || !args.All(File.Exists))
        {
            Console.Error.WriteLine("usage: bench/report RESULTS.json [RUN.json ...]");
            return 2;
        }

        Results results = Results.Read(args[0]);
        Results[] runs = args.Length == 1 ? [results] : [.. args.Skip(1).Select(Results.Read)];
        string docs = Path.Combine(Place.Root, "docs");
        Plots.Draw(results, Path.Combine(docs, "performance"));
        string page = Path.Combine(docs, "performance.md");
        File.WriteAllText(page, MarkedPage.Fill(File.ReadAllText(page), name => name == "targets" ? Tables.Targets(runs) : Tables.Of(results, name)));
        return 0;
    }
}
