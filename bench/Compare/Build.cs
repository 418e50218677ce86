namespace Eventlet.Bench;

/// <summary>Makes the programs that take part.</summary>
internal static class Build
{
    private static readonly HashSet<string> s_done = [];

    /// <summary>Whether everything is built already.</summary>
    internal static bool IsDone { get; set; }

    /// <param name="source">A file, or a folder of which all is compiled.</param>
    /// <param name="program">What it is called.</param>
    /// <param name="libraries">Further arguments.</param>
    internal static void C(string source, string program, params IEnumerable<string> libraries)
    {
        string path = Path.Combine(Place.Bench, source);
        string[] sources = Directory.Exists(path) ? Directory.GetFiles(path, "*.c") : [path];
        string target = Path.Combine(Place.Out, program);
        if (!IsDone && s_done.Add(target))
        {
            Directory.CreateDirectory(Place.Out);
            Command.Run("gcc", ["-O2", "-Wall", "-Wextra", "-o", target, .. sources, .. libraries]);
        }
    }

    internal static void Go(string source, string program)
    {
        string target = Path.Combine(Place.Out, program);
        if (!IsDone && s_done.Add(target))
        {
            Command.Run("env", "CGO_ENABLED=0", "go", "build", "-o", target, Path.Combine(Place.Bench, source));
        }
    }

    internal static void Dotnet(string project)
    {
        if (!IsDone && s_done.Add(project))
        {
            // No build servers: they would linger and disturb the measurement.
            Command.Run("dotnet", ["build", Path.Combine(Place.Bench, project), "-c", "Release", "-v", "q", "--nologo", "-nodeReuse:false", "--tl:off", "-p:UseSharedCompilation=false"]);
        }
    }
}
