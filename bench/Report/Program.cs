namespace Eventlet.Bench.Report;

/// <summary><c>bench/report RESULTS.json</c>: puts tables and plots of these results into docs/performance.md.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is not [string file] || !File.Exists(file))
        {
            Console.Error.WriteLine("usage: bench/report RESULTS.json");
            return 2;
        }

        Results results = Results.Read(file);
        string docs = Path.Combine(Place.Root, "docs");
        Plots.Draw(results, Path.Combine(docs, "performance"));
        string page = Path.Combine(docs, "performance.md");
        File.WriteAllText(page, MarkedPage.Fill(File.ReadAllText(page), name => Tables.Of(results, name)));
        return 0;
    }
}
