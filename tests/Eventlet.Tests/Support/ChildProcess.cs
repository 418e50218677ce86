using System.Diagnostics;
using System.Text;

namespace Eventlet.Tests.Support;

/// <summary>What a child process has left.</summary>
internal sealed record ChildResult(int ExitCode, string Output, string Error)
{
    /// <summary>Fails the test, with all that the child said, unless it ended with this code.</summary>
    internal ChildResult Expect(int exitCode = 0)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\n--- stdout\n{Output}\n--- stderr\n{Error}");
        return this;
    }
}

/// <summary>A child process with collected output and a time limit, for what would disturb or outlive the test process.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly TimeSpan _limit;
    private TaskCompletionSource _moreOutput = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(string file, IEnumerable<string> args, IReadOnlyDictionary<string, string?>? environment, TimeSpan? limit)
    {
        _limit = limit ?? DefaultLimit;
        var start = new ProcessStartInfo(file, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // A child may be meant to crash: only the test process itself leaves dumps.
        foreach (string name in start.Environment.Keys.Where(k => k.Contains("MiniDump", StringComparison.Ordinal) || k.Contains("CrashReport", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            Collect(_output, line.Data);
            Interlocked.Exchange(ref _moreOutput, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        };
        _process.ErrorDataReceived += (_, line) => Collect(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its process id, for signals.</summary>
    internal int Id => _process.Id;

    /// <summary>What it has written to stdout so far.</summary>
    internal string Output => Read(_output);

    /// <summary>What it has written to stderr so far.</summary>
    internal string Error => Read(_error);

    /// <summary>Writes a line to its stdin.</summary>
    internal void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Ends its stdin.</summary>
    internal void EndInput() => _process.StandardInput.Close();

    /// <summary>Starts a scenario of Eventlet.Scenarios.</summary>
    /// <param name="scenario">Its name and arguments, separated by blanks.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    /// <param name="limit">Default: 30 s.</param>
    internal static ChildProcess Start(string scenario, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? limit = null) =>
        new(Host, [PathOf("Eventlet.Scenarios"), .. scenario.Split(' ')], environment, limit);

    /// <summary>How a scenario is started, for a shell.</summary>
    internal static (string Host, string[] Arguments) CommandLine(string scenario) => (Host, [PathOf("Eventlet.Scenarios"), .. scenario.Split(' ')]);

    /// <summary>Starts any program.</summary>
    internal static ChildProcess StartProgram(string file, IEnumerable<string> args, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? limit = null) =>
        new(file, args, environment, limit);

    /// <summary>Starts a built project of this repository: the tool, or a sample.</summary>
    /// <param name="project">The name of the project.</param>
    /// <param name="args">Its arguments, separated by blanks.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    /// <param name="ignoreInterrupt">Whether it finds SIGINT ignored, as in the background of a shell script.</param>
    internal static ChildProcess StartProject(string project, string args, IReadOnlyDictionary<string, string?>? environment = null, bool ignoreInterrupt = false) =>
        new("env", [ignoreInterrupt ? "--ignore-signal=INT" : "--default-signal=INT", .. CommandLine(project, args)], environment, null);

    /// <summary>The words that start a built project of this repository.</summary>
    internal static IEnumerable<string> CommandLine(string project, string args) => [Host, PathOf(project), .. args.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Runs a scenario of Eventlet.Scenarios to its end.</summary>
    /// <exception cref="TimeoutException">The limit has passed; the child and its children are killed.</exception>
    internal static async Task<ChildResult> RunAsync(string scenario, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? limit = null)
    {
        using ChildProcess child = Start(scenario, environment, limit);
        return await child.EndAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="TimeoutException">The limit has passed; the child and its children are killed.</exception>
    internal async Task<ChildResult> EndAsync()
    {
        using var cancel = new CancellationTokenSource(_limit);
        try
        {
            // Also waits until both streams have ended.
            await _process.WaitForExitAsync(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"the child process was killed after {_limit}\n--- stdout\n{Read(_output)}\n--- stderr\n{Read(_error)}");
        }

        return new ChildResult(_process.ExitCode, Read(_output), Read(_error));
    }

    /// <summary>Waits for a line of its stdout that begins like this.</summary>
    /// <exception cref="TimeoutException">The limit has passed, or it has ended without.</exception>
    internal async Task<string> LineAsync(string beginning)
    {
        using var cancel = new CancellationTokenSource(_limit);
        // Ends after both streams.
        Task exit = _process.WaitForExitAsync(cancel.Token);
        for (bool isComplete = false; ;)
        {
            Task more = Volatile.Read(ref _moreOutput).Task;
            string[] lines = Output.Split('\n');
            if (Array.Find(lines, line => line.StartsWith(beginning, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            if (isComplete)
            {
                throw new TimeoutException($"no line '{beginning}' came\n--- stdout\n{Output}\n--- stderr\n{Read(_error)}");
            }

            isComplete = await Task.WhenAny(more, exit) == exit;
        }
    }

    /// <summary>Sends it a signal by name, e.g. "TERM".</summary>
    internal async Task SignalAsync(string name)
    {
        using ChildProcess kill = StartProgram("/bin/sh", ["-c", $"kill -{name} {Id}"]);
        (await kill.EndAsync()).Expect();
    }

    /// <summary>Kills it if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Host => Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet";

    // With UseArtifactsOutput the outputs of all projects are siblings: artifacts/bin/PROJECT/CONFIGURATION.
    internal static string PathOf(string project)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, configuration, project + ".dll"));
    }

    private static void Collect(StringBuilder to, string? line)
    {
        if (line is not null)
        {
            lock (to)
            {
                to.Append(line).Append('\n');
            }
        }
    }

    private static string Read(StringBuilder from)
    {
        lock (from)
        {
            return from.ToString();
        }
    }
}
