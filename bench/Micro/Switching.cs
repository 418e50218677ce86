namespace Eventlet.Bench.Micro;

/// <summary>What greenthreads cost: to switch between them, to begin and to end them.</summary>
internal static class Switching
{
    private const int Crowd = 100;

    internal static IReadOnlyList<Operation> All { get; } =
    [
        new("switch", 1_000_000, SwitchAsync, YieldAsync),
        new("spawn", 200_000, SpawnAsync, SpawnTasksAsync),
        new("spawn-switch-end", 200_000, SpawnSwitchAsync, SpawnYieldAsync),
        new("spawn-wait", 200_000, SpawnWaitAsync, RunTaskAsync),
        new("link", 200_000, LinkAsync, ContinueWithAsync),
        new("kill", 50_000, KillAsync, CancelAsync),
    ];

    /// <summary>A hundred greenthreads that let one another run.</summary>
    private static async Task SwitchAsync(int count)
    {
        GreenThread[] crowd = new GreenThread[Crowd];
        for (int i = 0; i < Crowd; i++)
        {
            crowd[i] = GreenThread.Spawn(async () =>
            {
                for (int k = 0; k < count / Crowd; k++)
                {
                    await GreenThread.SleepAsync();
                }
            });
        }

        foreach (GreenThread one in crowd)
        {
            await one;
        }
    }

    private static Task YieldAsync(int count) => Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => Task.Run(async () =>
    {
        for (int k = 0; k < count / Crowd; k++)
        {
            await Task.Yield();
        }
    })));

    /// <summary>To begin one that does nothing and that nobody waits for; the last one tells that all have ended.</summary>
    private static async Task SpawnAsync(int count)
    {
        for (int i = 1; i < count; i++)
        {
            GreenThread.SpawnN(static () => Task.CompletedTask);
            if (i % 1000 == 0)
            {
                await GreenThread.SleepAsync();
            }
        }

        await GreenThread.Spawn(static () => Task.CompletedTask);
    }

    private static async Task SpawnTasksAsync(int count)
    {
        int left = count;
        var done = new TaskCompletionSource();
        Func<Task> body = () =>
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                done.SetResult();
            }

            return Task.CompletedTask;
        };
        for (int i = 0; i < count; i++)
        {
            _ = Task.Run(body);
        }

        await done.Task;
    }

    /// <summary>To begin one that waits once and ends, a thousand at a time.</summary>
    private static async Task SpawnSwitchAsync(int count)
    {
        for (int i = 0; i < count; i += 1000)
        {
            GreenThread last = null!;
            for (int k = 0; k < 1000; k++)
            {
                last = GreenThread.Spawn(static async () => await GreenThread.SleepAsync());
            }

            await last;
        }
    }

    private static async Task SpawnYieldAsync(int count)
    {
        var some = new Task[1000];
        for (int i = 0; i < count; i += some.Length)
        {
            for (int k = 0; k < some.Length; k++)
            {
                some[k] = Task.Run(static async () => await Task.Yield());
            }

            await Task.WhenAll(some);
        }
    }

    /// <summary>To begin one and to wait for its result.</summary>
    private static async Task SpawnWaitAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await GreenThread.Spawn(static () => Task.FromResult(1));
        }
    }

    private static async Task RunTaskAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Run(static () => Task.FromResult(1));
        }
    }

    /// <summary>To begin one, to link a call to its end, and to see that end.</summary>
    private static async Task LinkAsync(int count)
    {
        int ended = 0;
        for (int i = 0; i < count; i++)
        {
            GreenThread one = GreenThread.Spawn(static () => Task.CompletedTask);
            one.Link(_ => ended++);
            await one;
        }

        Check.That(ended == count, "a link was not called");
    }

    private static async Task ContinueWithAsync(int count)
    {
        int ended = 0;
        for (int i = 0; i < count; i++)
        {
            await Task.Run(static () => Task.CompletedTask).ContinueWith(_ => ended++, TaskScheduler.Default);
        }

        Check.That(ended == count, "a continuation was not called");
    }

    /// <summary>To begin one that waits for ever, to kill it, and to see its end.</summary>
    private static async Task KillAsync(int count)
    {
        var never = new GreenEvent<int>();
        for (int i = 0; i < count; i++)
        {
            GreenThread one = GreenThread.Spawn(async () => await never.WaitAsync());
            await GreenThread.SleepAsync();
            one.Kill();
            try
            {
                await one;
            }
            catch (GreenletExit)
            {
                // As asked for.
            }
        }
    }

    private static async Task CancelAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            using var source = new CancellationTokenSource();
            Task one = Task.Run(() => Task.Delay(Timeout.Infinite, source.Token));
            await Task.Yield();
            await source.CancelAsync();
            try
            {
                await one;
            }
            catch (OperationCanceledException)
            {
                // As asked for.
            }
        }
    }
}
