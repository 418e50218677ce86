using System.Diagnostics;

namespace Eventlet.Bench;

/// <summary>Other programs, to their end.</summary>
internal static class Command
{
    /// <summary>Its output; throws with all of it when the program fails.</summary>
    internal static string Run(string program, params IReadOnlyList<string> arguments)
    {
        (int code, string output, string error) = Try(program, arguments);
        return code == 0 ? output : throw new BenchException($"'{program} {string.Join(' ', arguments)}' failed ({code}):\n{output}{error}");
    }

    /// <summary>Exit code 127 when there is no such program.</summary>
    internal static (int Code, string Output, string Error) Try(string program, params IReadOnlyList<string> arguments)
    {
        if (Find(program) is null)
        {
            return (127, "", $"'{program}' is not installed\n");
        }

        using var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
        process.Start();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>Where a program is, or null; a path, of a file or a folder, is looked up as it is.</summary>
    internal static string? Find(string program)
    {
        IEnumerable<string> places = program.Contains('/', StringComparison.Ordinal)
            ? [program]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program));
        return places.FirstOrDefault(Path.Exists);
    }
}
