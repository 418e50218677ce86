namespace Eventlet.Scenarios;

/// <summary>More blocking calls than the thread pool has threads; prints how many of them ran at once, or why none can.</summary>
internal static class PoolSize
{
    private const int Calls = 60;

    internal static Task<int> RunAsync(string[] args)
    {
        int expected = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);
        int running = 0, most = 0;
        using var full = new ManualResetEventSlim();
        try
        {
            Hubs.GetHub().Run(async () =>
            {
                GreenThread[] callers = [.. Enumerable.Range(0, Calls).Select(_ => GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(() =>
                {
                    int now = Interlocked.Increment(ref running);
                    Check.That(now <= expected);
                    if (now == expected)
                    {
                        most = now;
                        full.Set();
                    }

                    full.Wait();
                    Interlocked.Decrement(ref running);
                })))];
                foreach (GreenThread caller in callers)
                {
                    await caller;
                }
            });
            Console.WriteLine($"{most} at once");
        }
        catch (InvalidOperationException error)
        {
            Console.WriteLine(error.Message);
        }

        return Task.FromResult(0);
    }
}
