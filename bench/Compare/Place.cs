namespace Eventlet.Bench;

/// <summary>Where things are, and which core is whose.</summary>
internal static class Place
{
    internal const int ServerCore = 0;
    internal const int ClientCore = 1;

    /// <summary>The repository: the nearest folder above this program that holds bench/.</summary>
    internal static string Root { get; } = FindRoot();

    internal static string Bench => Path.Combine(Root, "bench");

    /// <summary>What C compilers and others make.</summary>
    internal static string Out => Path.Combine(Bench, "out");

    internal static string Load => Path.Combine(Out, "load");

    /// <summary>A program of this repository, in the configuration in which this one was built.</summary>
    internal static string Assembly(string project, string? name = null) =>
        Path.Combine(Root, "artifacts", "bin", project, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), (name ?? project) + ".dll");

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "bench", "load", "load.c")))
            {
                return at.FullName;
            }
        }

        throw new BenchException("bench/ is not above this program: run it by bench/compare");
    }
}
