using System.Text.Json;

namespace Eventlet.Bench;

/// <summary>Runs bench/Micro in its quick form, and its twins in Python.</summary>
internal static class MicroRun
{
    internal static string Program => Place.Assembly("Micro", "Eventlet.Bench.Micro");

    /// <summary>The figures of a hub, or of the thread pool; each in a process of its own, so that none finds a heap that another has grown.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Of(string name)
    {
        Build.Dotnet("Micro/Micro.csproj", Program);
        return Parse(Command.Run("dotnet", Program, "--quick", name));
    }

    internal static IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Twin(Server python) =>
        Parse(Command.Run(python.Command[0], Path.Combine(Place.Bench, "Micro", "twins.py"), python.Name));

    private static Dictionary<string, IReadOnlyDictionary<string, double>> Parse(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, double>>>(json)!.ToDictionary(static p => p.Key, static p => (IReadOnlyDictionary<string, double>)p.Value);

    /// <summary>One row for each operation, one column for each who does it.</summary>
    internal static void Write(TextWriter to, Results results)
    {
        string[] by = [.. results.Micro.Keys];
        string[] names = [.. results.Micro.Values.SelectMany(static figures => figures.Keys).Distinct().Order(StringComparer.Ordinal)];
        if (by.Length == 0)
        {
            return;
        }

        to.WriteLine("small things: ns each, or bytes");
        Table.Write(to, [["", .. by], .. names.Select(name => new[] { name }.Concat(by.Select(who => results.MicroFigure(who, name)?.ToString(name.EndsWith("alloc-bytes", StringComparison.Ordinal) ? "F1" : "F0", System.Globalization.CultureInfo.InvariantCulture) ?? "-")).ToArray())]);
        to.WriteLine();
    }
}
