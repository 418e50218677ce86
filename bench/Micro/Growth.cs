namespace Eventlet.Bench.Micro;

/// <summary>How cost grows with numbers: the points of two plots, by line.</summary>
internal static class Growth
{
    private static readonly int[] GreenThreads = [1000, 10_000, 100_000, 500_000, 1_000_000, 2_000_000];
    private static readonly int[] TimerCounts = [1000, 10_000, 100_000, 1_000_000, 10_000_000];

    /// <summary>MiB kept alive by so many greenthreads, and by so many tasks that wait.</summary>
    internal static Dictionary<string, List<XY>> Memory()
    {
        // Before the hub has pools and lists that grow and shrink.
        List<XY> tasks = [.. GreenThreads.Select(static count => new XY(count, Mib(IdleMemory.OfTasks(count), count)))];
        using Hub hub = Hub.Start("epoll");
        IdleMemory.OnEvent(hub, 1000);
        return new()
        {
            ["greenthread on an event"] = [.. GreenThreads.Select(count => new XY(count, Mib(IdleMemory.OnEvent(hub, count), count)))],
            ["greenthread on a timer"] = [.. GreenThreads.Select(count => new XY(count, Mib(IdleMemory.OnTimer(hub, count), count)))],
            ["async Task on a TaskCompletionSource"] = tasks,
        };
    }

    /// <summary>Nanoseconds for each timer, among so many.</summary>
    internal static Dictionary<string, List<XY>> Timers()
    {
        using Hub hub = Hub.Start("epoll");
        TimerRun.OnHub(hub, 100_000);
        List<XY> add = [], cancel = [], fire = [];
        foreach (int count in TimerCounts)
        {
            TimerRun run = TimerRun.OnHub(hub, count);
            add.Add(new XY(count, run.AddNs));
            cancel.Add(new XY(count, run.CancelNs));
            fire.Add(new XY(count, run.FireNs));
        }

        return new() { ["add"] = add, ["cancel"] = cancel, ["fire"] = fire };
    }

    private static double Mib(double bytes, int count) => bytes * count / (1024 * 1024);

    internal readonly record struct XY(double X, double Y);
}
