using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Pools;

/// <summary>Pools together: with each other, with timers, with many jobs of random length.</summary>
public abstract class PoolStressTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void LocalTimer_OfAWorkerThatHasEnded_NeverFires() => OnClock(async () =>
    {
        var pool = new GreenPool(1);
        var fired = new List<string>();
        await pool.SpawnAsync(() =>
        {
            Hubs.GetHub().ScheduleCallLocal(Seconds(1), () => fired.Add("local"));
            Hubs.GetHub().ScheduleCallGlobal(Seconds(1), () => fired.Add("global"));
            return Task.CompletedTask;
        });
        await pool.WaitAllAsync();
        await AdvanceAsync(2);
        Assert.Equal(["global"], fired);
    });

    [Fact]
    public void Worker_ThatTimesOutOnAnotherPool_HarmsNeither() => OnClock(async () =>
    {
        var pool = new GreenPool(1);
        var tokens = new Pool<object>(static () => new object(), maxSize: 1);
        object token = await tokens.GetAsync();
        GreenThread timedOut = await pool.SpawnAsync(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            await tokens.GetAsync();
        });
        await AdvanceAsync(1);
        Assert.IsType<GreenTimeoutException>(await ErrorOf(timedOut));
        Assert.Equal((1, 0, 0), (pool.Free, tokens.Waiting, tokens.Free));
        GreenThread<object> next = await pool.SpawnAsync(async () => await tokens.GetAsync());
        await TurnAsync();
        tokens.Put(token);
        Assert.Same(token, await next);
        Assert.Equal((1, 0), (pool.Free, tokens.Free));
    });

    [Theory]
    [InlineData(5)]
    [InlineData(50)]
    public void RandomJobs_OfThreeProducers_KeepEachOnesOrder(int size) => OnGreen(async () =>
    {
        const int Jobs = 300;
        var pool = new GreenPool(size);
        int now = 0, most = 0;
        GreenThread<int>[] producers = [.. Enumerable.Range(0, 3).Select(producer => GreenThread.Spawn(async () =>
        {
            var random = new Random(producer);
            var pile = new GreenPile<int>(pool);
            GreenThread filling = GreenThread.Spawn(async () =>
            {
                for (int i = 0; i < Jobs; i++)
                {
                    (int job, int turns) = (i, random.Next(6));
                    await pile.SpawnAsync(async () =>
                    {
                        most = Math.Max(most, ++now);
                        for (int turn = 0; turn < turns; turn++)
                        {
                            await GreenThread.SleepAsync();
                        }

                        now--;
                        return job;
                    });
                }
            });
            await filling;
            int next = 0;
            await foreach (int job in pile)
            {
                Assert.Equal(next++, job);
            }

            return next;
        }))];
        foreach (GreenThread<int> producer in producers)
        {
            Assert.Equal(Jobs, await producer);
        }

        Assert.InRange(most, 5, size);
        Assert.Equal(size, pool.Free);
    });

    [Fact]
    public void WorkersThatShareResources_EndWithEverySizeOfBoth() => OnGreen(async () =>
    {
        var random = new Random(1);
        foreach (int workers in (int[])[1, 2, 3, 5, 8, 13])
        {
            foreach (int resources in (int[])[1, 2, 3, 5, 8, 13])
            {
                var pool = new GreenPool(workers);
                int made = 0;
                int done = 0;
                var taken = new HashSet<int>();
                var items = new Pool<int>(() => ++made, maxSize: resources);
                for (int i = 0; i < 40; i++)
                {
                    int turns = random.Next(3);
                    await pool.SpawnNAsync(async () =>
                    {
                        using PooledItem<int> item = await items.ItemAsync();
                        Assert.True(taken.Add(item.Value));
                        for (int turn = 0; turn < turns; turn++)
                        {
                            await GreenThread.SleepAsync();
                        }

                        taken.Remove(item.Value);
                        done++;
                    });
                }

                await pool.WaitAllAsync();
                Assert.Equal((40, workers, resources), (done, pool.Free, items.Free));
                Assert.InRange(made, 1, Math.Min(workers, resources));
            }
        }
    });
}

public sealed class PoolStressOnEpoll : PoolStressTests<EpollHub>;

public sealed class PoolStressOnPoll : PoolStressTests<PollHub>;

public sealed class PoolStressOnSelect : PoolStressTests<SelectHub>;
