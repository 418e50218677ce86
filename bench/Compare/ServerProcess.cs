using System.Diagnostics;
using System.Globalization;

namespace Eventlet.Bench;

/// <summary>A running server, pinned to its core; ends with this object, or with the comparison itself.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Queue<string> _errors = new();
    private readonly Server _server;

    /// <param name="server">What to start.</param>
    /// <param name="mode">What it is to do.</param>
    /// <param name="pinned">Whether it has one core to itself; else the system chooses.</param>
    internal ServerProcess(Server server, string mode, bool pinned = true)
    {
        _server = server;
        string[] command = [.. server.Command.Select(word => word.Replace("{mode}", mode, StringComparison.Ordinal))];
        string[] pin = pinned ? ["taskset", "-c", $"{Place.ServerCore}"] : [];
        // These replace themselves by the server, so the process id is its own; it dies with the thread that started it.
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "TERM", .. pin, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string setting in server.Environment)
        {
            start.Environment[setting.Split('=')[0]] = setting.Split('=', 2)[1];
        }

        _process = Process.Start(start) ?? throw new BenchException("setpriv (util-linux) does not start");
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginErrorReadLine();
        try
        {
            string[] words = ReadLine("listening on ").Split(' ', 4);
            Endpoint = words[2];
            Version = words.Length > 3 ? words[3].Trim('(', ')') : server.Name;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal int Id => _process.Id;

    internal string Endpoint { get; }

    /// <summary>What it says about itself.</summary>
    internal string Version { get; }

    /// <summary>Bytes allocated and work items of the thread pool so far; null unless it is a .NET server of ours.</summary>
    internal (long Allocated, long PoolItems)? Probe()
    {
        if (!_server.IsDotnet)
        {
            return null;
        }

        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
        string[] words = ReadLine("allocatedBytes ").Split(' ');
        return (long.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(words[3], CultureInfo.InvariantCulture));
    }

    /// <summary>A number of /proc/PID/status.</summary>
    internal long Status(string name) =>
        long.Parse(
            File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);

    /// <summary>How often the first thread was given a core in that time: 0 proves that it made no system call.</summary>
    internal long RunsOfFirstThread(TimeSpan time)
    {
        long Runs() => long.Parse(File.ReadAllText($"/proc/{Id}/task/{Id}/schedstat").Split(' ')[2], CultureInfo.InvariantCulture);
        Thread.Sleep(TimeSpan.FromSeconds(0.5));
        long before = Runs();
        Thread.Sleep(time);
        return Runs() - before;
    }

    public void Dispose()
    {
        // A child that has not been waited for keeps its id, so this cannot hit a stranger.
        if (!_process.HasExited)
        {
            Command.Try("kill", "-TERM", $"{Id}");
            if (!_process.WaitForExit(3000))
            {
                _process.Kill();
                _process.WaitForExit();
            }
        }

        _process.Dispose();
    }

    private string ReadLine(string start)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        try
        {
            while (_process.StandardOutput.ReadLineAsync(limit.Token).AsTask().GetAwaiter().GetResult() is { } line)
            {
                if (line.StartsWith(start, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Said below.
        }

        _process.WaitForExit(100);
        lock (_errors)
        {
            throw new BenchException($"server '{_server.Name}' did not say '{start}…'\n{string.Join('\n', _errors)}");
        }
    }

    private void Keep(string? line)
    {
        lock (_errors)
        {
            if (line is not null)
            {
                _errors.Enqueue(line);
            }

            while (_errors.Count > 20)
            {
                _errors.Dequeue();
            }
        }
    }
}
