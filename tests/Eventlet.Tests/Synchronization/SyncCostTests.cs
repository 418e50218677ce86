using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Synchronization;

/// <summary>What waiting for one another costs in steady state: no byte.</summary>
public abstract class SyncCostTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    private const int Operations = 1_000;

    [Fact]
    public void Semaphore_HandedBackAndForth_AllocatesNothing() => OnGreen(async () =>
    {
        var mine = new GreenSemaphore(0);
        var yours = new GreenSemaphore(0);
        GreenThread partner = GreenThread.Spawn(async () =>
        {
            while (true)
            {
                await yours.AcquireAsync();
                mine.Release();
            }
        });
        await AssertFreeAsync(() =>
        {
            yours.Release();
            return mine.AcquireAsync();
        });
        partner.Kill();
    });

    [Fact]
    public void Mutex_WithScopes_AllocatesNothing() => OnGreen(async () =>
    {
        var mutex = new GreenLock();
        bool stop = false;
        GreenThread partner = GreenThread.Spawn(async () =>
        {
            while (!stop)
            {
                using (await mutex.EnterAsync())
                {
                    await GreenThread.SleepAsync();
                }
            }
        });
        long before = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                using (await mutex.EnterAsync())
                {
                    await GreenThread.SleepAsync();
                }
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        stop = true;
        await partner;
    });

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(0)]
    public void Queue_PutAndGet_AllocateNothing(int? maxSize) => OnGreen(async () =>
    {
        var queue = new GreenQueue<int>(maxSize);
        var back = new GreenQueue<int>();
        GreenThread partner = GreenThread.Spawn(async () =>
        {
            while (true)
            {
                back.TryPut(await queue.GetAsync());
            }
        });
        long before = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                await queue.PutAsync(i);
                Assert.StrictEqual(i, await back.GetAsync());
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        partner.Kill();
    });

    [Fact]
    public void Queue_EnumeratedWithATimeLimit_AllocatesNothingPerItem() => OnGreen(async () =>
    {
        for (int bit = 0; bit < 50; bit++)
        {
            // A level of the timers' wheel is made when it is first needed.
            GreenThread.Current!.Hub.ScheduleCallGlobal(TimeSpan.FromTicks(1L << bit), () => { }).Cancel();
        }

        var queue = new GreenQueue<int>(1);
        GreenThread producer = GreenThread.Spawn(async () =>
        {
            while (true)
            {
                await queue.PutAsync(1);
            }
        });
        using var limit = new GreenTimeout(Seconds(1000));
        long before = 0;
        int taken = 0;
        await foreach (int item in queue)
        {
            taken += item;
            if (taken == Operations)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (taken == 2 * Operations)
            {
                break;
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        producer.Kill();
    });

    [Fact]
    public void Event_SentAndReset_AllocatesNothing() => OnGreen(async () =>
    {
        var told = new GreenEvent<int>();
        var go = new GreenSemaphore(0);
        GreenThread sender = GreenThread.Spawn(async () =>
        {
            while (true)
            {
                await go.AcquireAsync();
                told.Send(1);
                told.Reset();
            }
        });
        long before = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                go.Release();
                await told.WaitAsync();
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        sender.Kill();
    });

    [Fact]
    public void Local_ReadAndWritten_AllocatesNothing() => OnGreen(() =>
    {
        var local = new GreenLocal<int>();
        long before = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                local.Value++;
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        return Task.CompletedTask;
    });

    private static async Task AssertFreeAsync(Func<ValueTask> operation)
    {
        long before = 0;
        for (int pass = 0; pass < 2; pass++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Operations; i++)
            {
                await operation();
            }
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}

public sealed class SyncCostOnEpoll : SyncCostTests<EpollHub>;
public sealed class SyncCostOnPoll : SyncCostTests<PollHub>;
public sealed class SyncCostOnSelect : SyncCostTests<SelectHub>;
