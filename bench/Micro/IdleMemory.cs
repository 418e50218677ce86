namespace Eventlet.Bench.Micro;

/// <summary>What a greenthread that waits keeps alive, its closure included.</summary>
internal static class IdleMemory
{
    internal static double OnEvent(Hub hub, int count) => PerGreenThread(hub, count, static (happened, i) => async () =>
    {
        await happened.WaitAsync();
        GC.KeepAlive(i);
    });

    internal static double OnTimer(Hub hub, int count) => PerGreenThread(hub, count, static (_, i) => async () =>
    {
        await GreenThread.SleepAsync(TimeSpan.FromHours(1));
        GC.KeepAlive(i);
    });

    /// <summary>The same with what .NET comes with: an async method that waits for one completion source.</summary>
    internal static double OfTasks(int count)
    {
        var happened = new TaskCompletionSource<int>();
        async Task WaitAsync(int i)
        {
            await happened.Task;
            GC.KeepAlive(i);
        }

        var all = new Task[count];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < count; i++)
        {
            all[i] = WaitAsync(i);
        }

        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / count;
        happened.SetResult(1);
        GC.KeepAlive(all);
        return bytes;
    }

    private static double PerGreenThread(Hub hub, int count, Func<GreenEvent<int>, int, Func<Task>> body)
    {
        double bytes = 0;
        hub.InvokeAsync(async () =>
        {
            var happened = new GreenEvent<int>();
            var all = new GreenThread[count];
            long before = GC.GetTotalMemory(forceFullCollection: true);
            for (int i = 0; i < count; i++)
            {
                all[i] = GreenThread.Spawn(body(happened, i));
                if (i % 1000 == 999)
                {
                    await GreenThread.SleepAsync();
                }
            }

            await GreenThread.SleepAsync();
            bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / count;
            foreach (GreenThread one in all)
            {
                one.Kill();
            }

            happened.Send(1);
            await GreenThread.SleepAsync();
            GC.KeepAlive(all);
        }).GetAwaiter().GetResult();
        return bytes;
    }
}
