using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Pools;

public abstract class GreenPoolTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void TenJobsThroughFourPlaces_AllRun_NeverMoreThanFourAtOnce() => OnGreen(async () =>
    {
        var pool = new GreenPool(4);
        int now = 0, most = 0;
        var results = new List<int>();
        var workers = new List<GreenThread<int>>();
        for (int i = 0; i < 10; i++)
        {
            int job = i;
            workers.Add(await pool.SpawnAsync(async () =>
            {
                most = Math.Max(most, ++now);
                await GreenThread.SleepAsync();
                now--;
                return job;
            }));
        }

        foreach (GreenThread<int> worker in workers)
        {
            results.Add(await worker);
        }

        Assert.Equal(Enumerable.Range(0, 10), results);
        Assert.Equal(4, most);
        Assert.True(pool is { Running: 0, Free: 4, Waiting: 0, Size: 4 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GreenPool(-1));
    });

    [Fact]
    public void Spawn_WaitsOnlyWhenThePoolIsFull_AndThoseWhoWaitAreCounted() => OnGreen(async () =>
    {
        var pool = new GreenPool(1);
        var go = new GreenEvent<bool>();
        Assert.NotNull(pool.TrySpawn(async () => await go.WaitAsync()));
        Assert.Null(pool.TrySpawn(() => Task.CompletedTask));
        GreenThread[] spawners = [.. Enumerable.Range(0, 2).Select(_ => GreenThread.Spawn(async () => await pool.SpawnNAsync(() => Task.CompletedTask)))];
        await TurnAsync();
        Assert.True(pool is { Waiting: 2, Running: 1, Free: 0 });
        go.Send(true);
        foreach (GreenThread spawner in spawners)
        {
            await spawner;
        }

        await pool.WaitAllAsync();
        Assert.True(pool is { Waiting: 0, Running: 0, Free: 1 });
    });

    [Fact]
    public void WorkersThatSpawnIntoTheirFullPool_DoNotWaitForThemselves() => OnGreen(async () =>
    {
        var pool = new GreenPool(2);
        int visited = 0;
        async Task VisitAsync(int depth)
        {
            visited++;
            Assert.InRange(pool.Running, 1, 2);
            await GreenThread.SleepAsync();
            if (depth > 0)
            {
                await pool.SpawnNAsync(() => VisitAsync(depth - 1));
                GreenThread child = await pool.SpawnAsync(() => VisitAsync(depth - 1));
                Assert.NotSame(GreenThread.Current, child);
            }
        }

        await pool.SpawnNAsync(() => VisitAsync(6));
        await pool.WaitAllAsync();
        Assert.Equal(127, visited);
        Assert.Equal(2, pool.Free);
    });

    [Fact]
    public void Worker_KilledWhileItsChildRunsOnItsPlace_TakesTheChildAlong() => OnGreen(async () =>
    {
        var pool = new GreenPool(1);
        GreenThread? child = null;
        GreenThread worker = await pool.SpawnAsync(async () => await pool.SpawnNAsync(async () =>
        {
            child = GreenThread.Current;
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
        }));
        await TurnAsync();
        await TurnAsync();
        worker.Kill();
        await worker;
        Assert.True(child!.WasKilled);
        Assert.Equal(1, pool.Free);
    });

    [Fact]
    public void Places_AreFreeAgain_HoweverAWorkerEnds() => OnGreen(async () =>
    {
        var pool = new GreenPool(1);
        Assert.IsType<FormatException>(await ErrorOf(await pool.SpawnAsync(() => throw new FormatException())));
        await pool.SpawnNAsync(() => throw new ArgumentException());
        await pool.WaitAllAsync();
        Assert.IsType<ArgumentException>(Assert.Single(TakeUnhandled()));
        GreenThread unbegun = await pool.SpawnAsync(() => Task.CompletedTask);
        unbegun.Kill();
        Assert.Equal(1, pool.Free);
        GreenThread killed = await pool.SpawnAsync(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        await TurnAsync();
        killed.Kill();
        await killed;
        await pool.WaitAllAsync();
        Assert.True(pool is { Free: 1, Running: 0 });
    });

    [Fact]
    public void DroppedHub_FreesThePlacesOfItsWorkers() => OnMain(() =>
    {
        var pool = new GreenPool(2);
        Hub dropped = StartHub();
        dropped.InvokeAsync(async () =>
        {
            await pool.SpawnAsync(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
            await GreenThread.SleepAsync();
        }).Wait();
        Assert.Equal(1, pool.Free);
        dropped.Dispose();
        Assert.True(pool is { Free: 2, Running: 0 });
    });

    [Fact]
    public void Resize_Larger_LetsThoseGoOnWhoWait_AndSmallerCountsBelowZero() => OnGreen(async () =>
    {
        var pool = new GreenPool(1);
        var go = new GreenEvent<bool>();
        async Task WorkAsync() => await go.WaitAsync();
        await pool.SpawnAsync(WorkAsync);
        GreenThread[] spawners = [.. Enumerable.Range(0, 2).Select(_ => GreenThread.Spawn(async () => await pool.SpawnAsync(WorkAsync)))];
        await TurnAsync();
        pool.Resize(2);
        await TurnAsync();
        Assert.True(pool is { Running: 2, Waiting: 1, Free: 0 });
        pool.Resize(4);
        await TurnAsync();
        Assert.True(pool is { Running: 3, Waiting: 0, Free: 1 });
        pool.Resize(1);
        Assert.Equal(-2, pool.Free);
        GreenThread late = GreenThread.Spawn(async () => await pool.SpawnAsync(WorkAsync));
        await TurnAsync();
        Assert.Equal(1, pool.Waiting);
        go.Send(true);
        await late;
        await pool.WaitAllAsync();
        Assert.Equal(1, pool.Free);
        foreach (GreenThread spawner in spawners)
        {
            await spawner;
        }
    });

    [Fact]
    public void WaitAll_InAWorker_IsRefused_AndWithoutWorkersItReturns() => OnGreen(async () =>
    {
        var pool = new GreenPool();
        await pool.WaitAllAsync();
        GreenThread worker = await pool.SpawnAsync(async () => await pool.WaitAllAsync());
        Assert.IsType<InvalidOperationException>(await ErrorOf(worker));
    });

    [Fact]
    public void IMap_YieldsInTheOrderOfTheSource_WithinTheSize() => OnGreen(async () =>
    {
        var pool = new GreenPool(3);
        int read = 0, taken = 0;
        IEnumerable<int> Source()
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.InRange(read - taken, 0, 3);
                read++;
                yield return i;
            }
        }

        var results = new List<int>();
        await foreach (int result in pool.IMapAsync(Source(), async item =>
        {
            for (int i = (20 - item) % 4; i >= 0; i--)
            {
                await GreenThread.SleepAsync();
            }

            return item * item;
        }))
        {
            taken++;
            results.Add(result);
            Assert.InRange(pool.Running, 0, 3);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => i * i), results);
        Assert.Equal(3, pool.Free);
        await foreach (int _ in pool.IMapAsync(Array.Empty<int>(), Task.FromResult))
        {
            Assert.Fail("an empty source has no result");
        }

        await foreach (int sum in pool.StarMapAsync([(1, 2)], (x, y) => Task.FromResult(x + y)))
        {
            Assert.Equal(3, sum);
        }
    });

    [Fact]
    public void IMap_ThrowsErrorsAtTheirPositions_AndCanGoOn() => OnGreen(async () =>
    {
        var pool = new GreenPool(2);
        IEnumerable<int> Source()
        {
            yield return 0;
            yield return 1;
            yield return 2;
            throw new TimeZoneNotFoundException();
        }

        await using IAsyncEnumerator<int> results = pool.IMapAsync(Source(), item => item == 1 ? throw new FormatException() : Task.FromResult(item)).GetAsyncEnumerator(default);
        Assert.True(await results.MoveNextAsync());
        await Assert.ThrowsAsync<FormatException>(async () => await results.MoveNextAsync());
        Assert.True(await results.MoveNextAsync());
        Assert.Equal(2, results.Current);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await results.MoveNextAsync());
        Assert.IsType<TimeZoneNotFoundException>(error.InnerException);
        Assert.False(await results.MoveNextAsync());
    });

    [Fact]
    public void IMap_WhoseConsumerIsInterrupted_LosesNoResult_AndEndsItsWorkersWhenDisposed() => OnClock(async () =>
    {
        var pool = new GreenPool(2);
        var results = pool.IMapAsync([1, 2, 3], async item =>
        {
            await GreenThread.SleepAsync(Seconds(item));
            return item;
        }).GetAsyncEnumerator(default);
        GreenThread<int> consumer = GreenThread.Spawn(async () =>
        {
            using (new GreenTimeout(Seconds(0.5)))
            {
                await Assert.ThrowsAsync<GreenTimeoutException>(async () => await results.MoveNextAsync());
            }

            await results.MoveNextAsync();
            return results.Current;
        });
        await AdvanceAsync(0.5);
        await AdvanceAsync(0.5);
        Assert.Equal(1, await consumer);
        await results.DisposeAsync();
        await pool.WaitAllAsync();
        Assert.Equal(2, pool.Free);
    });

    [Fact]
    public void Pile_YieldsInTheOrderOfSpawning_AndPilesShareAPool() => OnGreen(async () =>
    {
        var pool = new GreenPool(2);
        var first = new GreenPile<int>(pool);
        var second = new GreenPile<int>(pool);
        for (int i = 0; i < 5; i++)
        {
            int job = i;
            await first.SpawnAsync(async () =>
            {
                for (int turn = job; turn < 5; turn++)
                {
                    await GreenThread.SleepAsync();
                }

                return job == 3 ? throw new FormatException() : job;
            });
            await second.SpawnAsync(() => Task.FromResult(10 * job));
        }

        var seen = new List<int>();
        await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (int result in first)
            {
                seen.Add(result);
            }
        });
        Assert.Equal([0, 1, 2], seen);
        await foreach (int result in first)
        {
            Assert.Equal(4, result);
        }

        seen.Clear();
        await foreach (int result in second)
        {
            seen.Add(result);
        }

        Assert.Equal([0, 10, 20, 30, 40], seen);
        Assert.Equal(0, second.Count);
    });

    [Fact]
    public void Pile_WhoseSpawnTimesOut_StaysAsItWas() => OnClock(async () =>
    {
        var pile = new GreenPile<int>(1);
        await pile.SpawnAsync(async () =>
        {
            await GreenThread.SleepAsync(Seconds(5));
            return 1;
        });
        GreenThread spawner = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            await pile.SpawnAsync(() => Task.FromResult(2));
        });
        await AdvanceAsync(1);
        Assert.IsType<GreenTimeoutException>(await ErrorOf(spawner));
        Assert.Equal(1, pile.Count);
        Clock.Advance(Seconds(5));
        await foreach (int result in pile)
        {
            Assert.Equal(1, result);
        }
    });

    [Fact]
    public void InMain_SpawnAndWaitAll_RunTheHubMeanwhile() => OnMain(() =>
    {
        var pool = new GreenPool(1);
        int done = 0;
        for (int i = 0; i < 3; i++)
        {
            pool.Spawn(async () =>
            {
                await GreenThread.SleepAsync();
                Assert.Throws<InvalidOperationException>(() => pool.Spawn(() => Task.CompletedTask));
                done++;
            });
        }

        pool.WaitAll();
        Assert.Equal(3, done);
    });
}

public sealed class GreenPoolOnEpoll : GreenPoolTests<EpollHub>;
public sealed class GreenPoolOnPoll : GreenPoolTests<PollHub>;
public sealed class GreenPoolOnSelect : GreenPoolTests<SelectHub>;
