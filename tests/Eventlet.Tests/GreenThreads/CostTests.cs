using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>What steady state costs: no byte, and no hop to the thread pool.</summary>
public abstract class CostTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    private const int Operations = 2_000;

    [Fact]
    public void Yield_AllocatesNothing() => OnGreen(async () => await AssertFreeAsync(() => GreenThread.SleepAsync()));

    [Fact]
    public void YieldOfThousands_AllocatesNothing() => OnGreen(async () =>
    {
        bool stop = false;
        for (int i = 0; i < 1_000; i++)
        {
            GreenThread.SpawnN(async () =>
            {
                while (!stop)
                {
                    await GreenThread.SleepAsync();
                }
            });
        }

        await AssertFreeAsync(() => GreenThread.SleepAsync(), operations: 50);
        stop = true;
        await TurnAsync();
    });

    [Fact]
    public void Sleep_AllocatesNothing() => OnGreen(async () =>
    {
        WarmUpTimers();
        await AssertFreeAsync(() => GreenThread.SleepAsync(TimeSpan.FromTicks(1)), operations: 500);
    });

    [Fact]
    public void Sleep_WithATokenOfItsOwn_AllocatesNothing() => OnGreen(async () =>
    {
        WarmUpTimers();
        CancellationToken token = GreenThread.Current!.CancellationToken;
        await AssertFreeAsync(() => GreenThread.SleepAsync(TimeSpan.FromTicks(1), token), operations: 500);
    });

    [Fact]
    public void Sleep_InsideAScope_AllocatesNothing() => OnGreen(async () =>
    {
        WarmUpTimers();
        using var limit = new GreenTimeout(Seconds(1000));
        await AssertFreeAsync(() => GreenThread.SleepAsync(TimeSpan.FromTicks(1)), operations: 500);
    });

    [Fact]
    public void Switch_AllocatesNothing() => OnGreen(async () =>
    {
        GreenThread me = GreenThread.Current!;
        Hub hub = me.Hub;
        GreenThread partner = GreenThread.Spawn(async () =>
        {
            while (await hub.SwitchAsync() is null)
            {
                me.Switch();
            }
        });
        await GreenThread.SleepAsync();
        await AssertFreeAsync(() =>
        {
            partner.Switch();
            return hub.SwitchAsync();
        });
        partner.Switch("end");
        await partner;
    });

    [Fact]
    public void AwaitOfAnEnd_AllocatesNothing() => OnGreen(async () =>
    {
        Hub hub = GreenThread.Current!.Hub;
        var greens = new Stack<GreenThread>();
        for (int i = 0; i < 2 * Operations + 100; i++)
        {
            greens.Push(GreenThread.Spawn(async () =>
            {
                await hub.SwitchAsync();
                await GreenThread.SleepAsync();
                await hub.SwitchAsync();
            }));
        }

        // All give back a wait at once: the hub's pools have their size then.
        await GreenThread.SleepAsync();
        foreach (GreenThread green in greens)
        {
            green.Switch();
        }

        await GreenThread.SleepAsync();
        await GreenThread.SleepAsync();

        await AssertFreeAsync(() =>
        {
            GreenThread next = greens.Pop();
            next.Switch();
            return next;
        });
        while (greens.TryPop(out GreenThread? rest))
        {
            rest.Kill();
            await rest;
        }
    });

    [Fact]
    public void AwaitOfTheDead_AllocatesNothing() => OnGreen(async () =>
    {
        GreenThread dead = GreenThread.Spawn(() => Task.CompletedTask);
        await dead;
        await AssertFreeAsync(() => dead);
    });

    [Fact]
    public void SpawnOneAwaitAndEnd_AllocatesThreeHundredBytesAtMost() => OnGreen(async () =>
    {
        const int Count = 1_000;
        long bytes = 0;
        for (int pass = 0; pass < 3; pass++)
        {
            GreenThread last = null!;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Count; i++)
            {
                last = GreenThread.Spawn(static async () => await GreenThread.SleepAsync());
            }

            await last;
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(bytes / Count, 1, 300);
    });

    [Fact]
    public void SpawnOfOneThatWaitsForAnEvent_AllocatesSixHundredBytesAtMost() => OnGreen(async () =>
    {
        // With the delegate, which is garbage as soon as it has begun, and none of the waits from a pool.
        const int Count = 10_000;
        var happened = new GreenEvent<int>();
        var greens = new GreenThread[Count];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Count; i++)
        {
            int number = i;
            greens[i] = GreenThread.Spawn(async () => Assert.Equal(number, await happened.WaitAsync() + number));
            if (i % 1_000 == 999)
            {
                await GreenThread.SleepAsync();
            }
        }

        await GreenThread.SleepAsync();
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        happened.Send(0);
        foreach (GreenThread green in greens)
        {
            await green;
        }

        Assert.InRange(bytes / Count, 1, 600);
    });

    // A level of the timers' wheel is made when it is first needed: once in a hub's life, at whatever moment.
    private static void WarmUpTimers()
    {
        for (int bit = 0; bit < 50; bit++)
        {
            GreenThread.Current!.Hub.ScheduleCallGlobal(TimeSpan.FromTicks(1L << bit), () => { }).Cancel();
        }
    }

    // Each awaits in a loop of its own, so that nothing of the test itself is counted; the first pass warms up.
    private static async Task AssertFreeAsync(Func<ValueTask> operation, int operations = Operations)
    {
        for (var meter = new Meter(operations); meter.NextPass();)
        {
            for (int i = 0; i < operations; i++)
            {
                await operation();
            }
        }
    }

    private static async Task AssertFreeAsync(Func<ValueTask<object?>> operation)
    {
        for (var meter = new Meter(Operations); meter.NextPass();)
        {
            for (int i = 0; i < Operations; i++)
            {
                await operation();
            }
        }
    }

    private static async Task AssertFreeAsync(Func<GreenThread> operation)
    {
        for (var meter = new Meter(Operations); meter.NextPass();)
        {
            for (int i = 0; i < Operations; i++)
            {
                await operation();
            }
        }
    }

    /// <summary>Bytes of this thread, which runs the whole hub, and work items of the process's pool, of the second of two passes.</summary>
    private sealed class Meter(int operations)
    {
        private int _pass;
        private int _thread;
        private long _bytes;
        private long _items;

        internal bool NextPass()
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread() - _bytes;
            long items = ThreadPool.CompletedWorkItemCount - _items;
            if (_pass++ == 2)
            {
                Assert.Equal(0, bytes);
                Assert.Equal(_thread, Environment.CurrentManagedThreadId);

                // The test platform has a few of its own.
                Assert.InRange(items, 0, operations / 10);
                return false;
            }

            _thread = Environment.CurrentManagedThreadId;
            _items = ThreadPool.CompletedWorkItemCount;
            _bytes = GC.GetAllocatedBytesForCurrentThread();
            return true;
        }
    }
}

public sealed class CostOnEpoll : CostTests<EpollHub>;
public sealed class CostOnIoUring : CostTests<IoUringHub>;
public sealed class CostOnPoll : CostTests<PollHub>;
public sealed class CostOnSelect : CostTests<SelectHub>;
