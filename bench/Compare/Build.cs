namespace Eventlet.Bench;

/// <summary>Makes the programs that take part.</summary>
internal static class Build
{
    private static readonly HashSet<string> s_done = [];

    /// <summary>Whether what is there is taken as it is; what is missing is made in any case.</summary>
    internal static bool KeepsWhatIsThere { get; set; }

    /// <param name="source">A file, or a folder of which all is compiled.</param>
    /// <param name="program">What it is called.</param>
    /// <param name="libraries">Further arguments.</param>
    internal static void C(string source, string program, params IEnumerable<string> libraries)
    {
        string path = Path.Combine(Place.Bench, source);
        string[] sources = Directory.Exists(path) ? Directory.GetFiles(path, "*.c") : [path];
        string target = Path.Combine(Place.Out, program);
        if (IsWanted(target))
        {
            Directory.CreateDirectory(Place.Out);
            Command.Run("gcc", ["-O2", "-Wall", "-Wextra", "-o", target, .. sources, .. libraries]);
        }
    }

    internal static void Go(string source, string program)
    {
        string target = Path.Combine(Place.Out, program);
        if (IsWanted(target))
        {
            Command.Run("env", "CGO_ENABLED=0", "go", "build", "-o", target, Path.Combine(Place.Bench, source));
        }
    }

    /// <param name="project">Under bench/.</param>
    /// <param name="program">What it makes.</param>
    internal static void Dotnet(string project, string program)
    {
        if (IsWanted(program))
        {
            // No build servers: they would linger and disturb the measurement.
            Command.Run("dotnet", ["build", Path.Combine(Place.Bench, project), "-c", "Release", "-v", "q", "--nologo", "-nodeReuse:false", "--tl:off", "-p:UseSharedCompilation=false"]);
        }
    }

    private static bool IsWanted(string target) => s_done.Add(target) && !(KeepsWhatIsThere && File.Exists(target));
}
