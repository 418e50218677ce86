using System.Diagnostics;

namespace Eventlet.Bench.Micro;

/// <summary>A quick measuring: each operation some times, after a whole one that does not count, and the median.</summary>
internal sealed class OwnLoop(int rounds)
{
    private const int Million = 1_000_000;
    private const int Idle = 100_000;

    /// <summary>Nanoseconds per operation by name; for names that end in -bytes, bytes.</summary>
    internal SortedDictionary<string, double> OnHub(string name)
    {
        var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        using Hub hub = Hub.Start(name);
        foreach (Operation operation in Operation.All)
        {
            Measure(figures, operation, body => hub.InvokeAsync(body).GetAwaiter().GetResult(), operation.OnHub);
        }

        TimerRun[] runs = TimerRuns(hub);
        figures["timer-add"] = Median(runs.Select(static run => run.AddNs));
        figures["timer-cancel"] = Median(runs.Select(static run => run.CancelNs));
        figures["timer-fire"] = Median(runs.Select(static run => run.FireNs));
        figures["idle-event-bytes"] = OnFreshHub(name, static fresh => IdleMemory.OnEvent(fresh, Idle));
        figures["idle-timer-bytes"] = OnFreshHub(name, static fresh => IdleMemory.OnTimer(fresh, Idle));
        return figures;
    }

    /// <summary>
    /// More passes than of the other operations, after two that do not count: they find code that is not compiled for good, and a heap that has not got yet the pages for one million
    /// that is there and another that comes.
    /// </summary>
    private TimerRun[] TimerRuns(Hub hub)
    {
        TimerRun[] runs = [.. Enumerable.Range(0, rounds + 4).Select(_ => TimerRun.OnHub(hub, Million))];
        return runs[2..];
    }

    /// <summary>Memory that one hub keeps for what comes again would be had for nothing.</summary>
    private static double OnFreshHub(string name, Func<Hub, double> measure)
    {
        using Hub fresh = Hub.Start(name);
        return measure(fresh);
    }

    /// <summary>The same with what .NET comes with, on the thread pool.</summary>
    internal SortedDictionary<string, double> OnPool()
    {
        var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (Operation operation in Operation.All)
        {
            Measure(figures, operation, static body => Task.Run(body).GetAwaiter().GetResult(), operation.OnPool);
        }

        return figures;
    }

    private void Measure(SortedDictionary<string, double> figures, Operation operation, Action<Func<Task>> run, Func<int, Task> body)
    {
        for (int i = 0; i < 3; i++)
        {
            run(() => body(operation.Count / 10));
        }

        Thread.Sleep(200); // the tiers of the compiler come with a delay
        run(() => body(operation.Count));
        var times = new List<double>();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run(() => body(operation.Count));
            times.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / operation.Count);
        }

        figures[operation.Name] = Median(times);
        figures[$"{operation.Name}-alloc-bytes"] = Math.Round((double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / rounds / operation.Count, 1);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
