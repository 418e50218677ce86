using Eventlet.Tests.Support;

namespace Eventlet.Tests.Tool;

/// <summary>The command-line tool as a child process.</summary>
internal static class ToolProcess
{
    internal static readonly IReadOnlyDictionary<string, string?> NoChoice = Environment(null);

    /// <summary>Starts it. Without an environment, EVENTLET_HUB is not set.</summary>
    internal static ChildProcess Start(string args, IReadOnlyDictionary<string, string?>? environment = null, bool ignoreInterrupt = false) =>
        ChildProcess.StartProject("Eventlet.Tool", args, environment ?? NoChoice, ignoreInterrupt);

    internal static async Task<ChildResult> RunAsync(string args, IReadOnlyDictionary<string, string?>? environment = null)
    {
        using ChildProcess tool = Start(args, environment);
        return await tool.EndAsync();
    }

    /// <summary>The words that start it.</summary>
    internal static IEnumerable<string> CommandLine(string args) => ChildProcess.CommandLine("Eventlet.Tool", args);

    internal static Dictionary<string, string?> Environment(string? hub) => new() { [Hubs.EnvironmentVariable] = hub };

    /// <summary>The names of the hubs that this system has, in order of preference.</summary>
    internal static string[] Available => [.. Hubs.Builtin.Where(hub => hub.IsAvailable(out _)).Select(hub => hub.Name)];

    /// <summary>Fails unless there is exactly one line, of the tool's form, that holds these words.</summary>
    internal static void ExpectOneError(ChildResult result, params string[] words)
    {
        Assert.Matches("^eventlet: [^\n]+\n$", result.Error);
        Assert.All(words, word => Assert.Contains(word, result.Error, StringComparison.Ordinal));
    }
}
