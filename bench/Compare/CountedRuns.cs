using System.Diagnostics;
using System.Globalization;

namespace Eventlet.Bench;

/// <summary>What does not depend on time: each is the difference of two runs of different length, so that set-up and tear-down cancel out.</summary>
internal static class CountedRuns
{
    private const int Difference = 10_000;

    /// <summary>System calls per round trip by name, under strace; null when the server is too slow under it.</summary>
    internal static IReadOnlyDictionary<string, double>? SystemCalls(ServerProcess server, WorkLoad work)
    {
        int few = Short(work);
        (long trips, Dictionary<string, long> calls) first = Traced(server, work, few);
        (long trips, Dictionary<string, long> calls) second = Traced(server, work, few + Difference);
        long trips = second.trips - first.trips;
        return trips < 1000 ? null : second.calls
            .Select(call => (call.Key, Value: (double)(call.Value - first.calls.GetValueOrDefault(call.Key)) / trips))
            .Where(static call => call.Value >= 0.0005)
            .OrderByDescending(static call => call.Value)
            .ToDictionary(static call => call.Key, static call => Math.Round(call.Value, 4));
    }

    /// <summary>Bytes allocated and work items of the thread pool per round trip; null for a server that is not .NET.</summary>
    internal static (double Allocated, double PoolItems)? Allocations(ServerProcess server, WorkLoad work)
    {
        int few = Short(work);
        if (Probed(server, work, few) is not { } first || Probed(server, work, few + (4 * Difference)) is not { } second)
        {
            return null;
        }

        double trips = second.Trips - first.Trips;
        // The answers to the probe itself are in both, give or take some bytes.
        return (Math.Max(0, (second.Allocated - first.Allocated) / trips), Math.Max(0, (second.PoolItems - first.PoolItems) / trips));
    }

    private static int Short(WorkLoad work) => (work.Connections * 2) + 1000;

    private static (long Trips, long Allocated, long PoolItems)? Probed(ServerProcess server, WorkLoad work, int count)
    {
        if (server.Probe() is not { } before)
        {
            return null;
        }

        Window window = LoadGenerator.Run(server, work, 8, 0, count);
        (long allocated, long poolItems) = server.Probe()!.Value;
        return (window.RoundTrips, allocated - before.Allocated, poolItems - before.PoolItems);
    }

    private static (long Trips, Dictionary<string, long> Calls) Traced(ServerProcess server, WorkLoad work, int count)
    {
        using Process strace = Attach(server.Id);
        Window window = LoadGenerator.Run(server, work, 8, 0, count);
        Command.Run("kill", "-INT", $"{strace.Id}");
        return (window.RoundTrips, Calls(strace.StandardError.ReadToEnd()));
    }

    /// <summary>strace -c on all threads of a process, once it says that it is attached.</summary>
    internal static Process Attach(int id, bool threads = true)
    {
        string[] follow = threads ? ["-f"] : [];
        Process strace = Process.Start(new ProcessStartInfo("strace", [.. follow, "-c", "-p", $"{id}"]) { RedirectStandardError = true })
            ?? throw new BenchException("strace does not start");
        string? line = strace.StandardError.ReadLine();
        return line?.Contains("attached", StringComparison.Ordinal) == true
            ? strace
            : throw new BenchException($"strace may not attach: run as root\n{line}");
    }

    /// <summary>The table of strace -c: share, seconds, µs per call, calls, perhaps errors, name.</summary>
    internal static Dictionary<string, long> Calls(string table)
    {
        var calls = new Dictionary<string, long>();
        foreach (string[] words in table.Split('\n').Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (words.Length >= 5 && words[^1] != "total" && long.TryParse(words[3], CultureInfo.InvariantCulture, out long count))
            {
                calls[words[^1]] = count;
            }
        }

        return calls;
    }
}
