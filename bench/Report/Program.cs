namespace Eventlet.Bench.Report;

/// <summary><c>bench/report RESULTS.json…</c>: puts tables and plots of the first results into docs/performance.md, and the targets, as medians of all.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length == 0 || !args.All(File.Exists))
        {
            Console.Error.WriteLine("usage: bench/report RESULTS.json [RESULTS.json ...]");
            return 2;
        }

        Results[] runs = [.. args.Select(Results.Read)];
        string docs = Path.Combine(Place.Root, "docs");
        Plots.Draw(runs[0], Path.Combine(docs, "performance"));
        string page = Path.Combine(docs, "performance.md");
        File.WriteAllText(page, MarkedPage.Fill(File.ReadAllText(page), name => Tables.Of(runs, name)));
        return 0;
    }
}
