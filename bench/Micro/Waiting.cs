using System.Threading.Channels;

namespace Eventlet.Bench.Micro;

/// <summary>What greenthreads cost that wait for one another, and calls from another thread.</summary>
internal static class Waiting
{
    internal static IReadOnlyList<Operation> All { get; } =
    [
        new("queue", 500_000, QueueAsync, ChannelAsync),
        new("semaphore", 500_000, SemaphoreAsync, SemaphoreSlimAsync),
        new("event", 200_000, EventAsync, CompletionSourceAsync),
        new("post", 200_000, PostAsync, QueueWorkAsync),
    ];

    /// <summary>A hand-off: put by one, got by another that waits for it. Two queues, to and fro.</summary>
    private static async Task QueueAsync(int count)
    {
        GreenQueue<int> there = new(), back = new();
        GreenThread partner = GreenThread.Spawn(async () =>
        {
            for (int i = 0; i < count / 2; i++)
            {
                await back.PutAsync(await there.GetAsync());
            }
        });
        for (int i = 0; i < count / 2; i++)
        {
            await there.PutAsync(i);
            await back.GetAsync();
        }

        await partner;
    }

    private static async Task ChannelAsync(int count)
    {
        Channel<int> there = Channel.CreateUnbounded<int>(), back = Channel.CreateUnbounded<int>();
        Task partner = Task.Run(async () =>
        {
            for (int i = 0; i < count / 2; i++)
            {
                await back.Writer.WriteAsync(await there.Reader.ReadAsync());
            }
        });
        for (int i = 0; i < count / 2; i++)
        {
            await there.Writer.WriteAsync(i);
            await back.Reader.ReadAsync();
        }

        await partner;
    }

    /// <summary>Acquired with waiting, and released: two that want the one permit in turn.</summary>
    private static async Task SemaphoreAsync(int count)
    {
        var permit = new GreenSemaphore(1);
        async Task TakeTurnsAsync()
        {
            for (int i = 0; i < count / 2; i++)
            {
                await permit.AcquireAsync();
                await GreenThread.SleepAsync();
                permit.Release();
            }
        }

        GreenThread partner = GreenThread.Spawn(TakeTurnsAsync);
        await TakeTurnsAsync();
        await partner;
    }

    private static async Task SemaphoreSlimAsync(int count)
    {
        using var permit = new SemaphoreSlim(1);
        async Task TakeTurnsAsync()
        {
            for (int i = 0; i < count / 2; i++)
            {
                await permit.WaitAsync();
                await Task.Yield();
                permit.Release();
            }
        }

        await Task.WhenAll(Task.Run(TakeTurnsAsync), TakeTurnsAsync());
    }

    /// <summary>An event that one waits for and another sends.</summary>
    private static async Task EventAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            var happened = new GreenEvent<int>();
            GreenThread.SpawnN(() =>
            {
                happened.Send(1);
                return Task.CompletedTask;
            });
            await happened.WaitAsync();
        }
    }

    private static async Task CompletionSourceAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            var happened = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = Task.Run(() => happened.SetResult(1));
            await happened.Task;
        }
    }

    /// <summary>A call that another thread hands to the hub.</summary>
    private static async Task PostAsync(int count)
    {
        Hub hub = Hubs.GetHub();
        int called = 0;
        var all = new GreenEvent<int>();
        Action call = () =>
        {
            if (++called == count)
            {
                all.Send(count);
            }
        };
        var poster = new Thread(() =>
        {
            for (int i = 0; i < count; i++)
            {
                hub.Post(call);
            }
        });
        poster.Start();
        await all.WaitAsync();
        poster.Join();
    }

    private static async Task QueueWorkAsync(int count)
    {
        int called = 0;
        var all = new TaskCompletionSource();
        var poster = new Thread(() =>
        {
            for (int i = 0; i < count; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    _ =>
                    {
                        if (Interlocked.Increment(ref called) == count)
                        {
                            all.SetResult();
                        }
                    },
                    null);
            }
        });
        poster.Start();
        await all.Task;
        poster.Join();
    }
}
