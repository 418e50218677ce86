using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Pools;

public abstract class ResourcePoolTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Resources_AreMadeWhenWanted_UpToTheLimit_AndHandedOutAgain() => OnGreen(async () =>
    {
        int made = 0;
        var pool = new Pool<int>(() => ++made, minSize: 1, maxSize: 2);
        Assert.Equal(1, made);
        Assert.Equal(1, await pool.GetAsync());
        Assert.Equal(2, await pool.GetAsync());
        GreenThread<int> third = GreenThread.Spawn(async () => await pool.GetAsync());
        await TurnAsync();
        Assert.Equal(1, pool.Waiting);
        pool.Put(1);
        Assert.Equal(1, await third);
        pool.Put(2);
        pool.Put(1);
        Assert.True(pool is { Free: 2, Stored: 2, MaxSize: 2 });
        Assert.Equal(2, await pool.GetAsync());
    });

    [Fact]
    public void Stack_HandsOutTheNewest() => OnGreen(async () =>
    {
        var pool = new Pool<int>(() => 0, asStack: true);
        int first = await pool.GetAsync();
        await pool.GetAsync();
        pool.Put(first + 1);
        pool.Put(first + 2);
        Assert.Equal(2, await pool.GetAsync());
    });

    [Fact]
    public void Scope_PutsBackOnce_AndADeadOneIsReplaced() => OnGreen(async () =>
    {
        int made = 0;
        var dropped = new List<int>();
        var dead = new HashSet<int>();
        var pool = new Pool<int>(async () =>
        {
            await GreenThread.SleepAsync();
            return ++made;
        }, maxSize: 1, isAlive: item => !dead.Contains(item), discard: dropped.Add);
        PooledItem<int> item = await pool.ItemAsync();
        item.Dispose();
        item.Dispose();
        Assert.Equal(1, pool.Free);
        using (PooledItem<int> again = await pool.ItemAsync())
        {
            Assert.Equal(1, again.Value);
            again.IsDead = true;
        }

        Assert.Equal(2, await pool.GetAsync());
        pool.Put(2);
        dead.Add(2);
        Assert.Equal(3, await pool.GetAsync());
        Assert.Equal([1, 2], dropped);
    });

    [Fact]
    public void Creation_ThatFailsOrIsKilled_GivesItsPlaceBack() => OnGreen(async () =>
    {
        bool fails = true;
        var pool = new Pool<int>(async () =>
        {
            if (fails)
            {
                throw new FormatException();
            }

            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            return 1;
        }, maxSize: 1);
        await Assert.ThrowsAsync<FormatException>(async () => await pool.GetAsync());
        fails = false;
        GreenThread killed = GreenThread.Spawn(async () => await pool.GetAsync());
        await TurnAsync();
        Assert.Equal(0, pool.Free);
        killed.Kill();
        Assert.IsType<GreenletExit>(await ErrorOf(killed));
        Assert.Equal(1, pool.Free);
    });

    [Fact]
    public void Resize_Smaller_DropsWhatIsPutBack_AndLargerLetsThoseGoOnWhoWait() => OnGreen(async () =>
    {
        var dropped = new List<int>();
        int made = 0;
        var pool = new Pool<int>(() => ++made, maxSize: 2, discard: dropped.Add);
        await pool.GetAsync();
        await pool.GetAsync();
        pool.Resize(1);
        Assert.Equal(-1, pool.Free);
        GreenThread<int> waiter = GreenThread.Spawn(async () => await pool.GetAsync());
        await TurnAsync();
        pool.Put(1);
        Assert.Equal([1], dropped);
        await TurnAsync();
        Assert.False(waiter.IsDead);
        pool.Resize(2);
        Assert.Equal(3, await waiter);
    });

    [Fact]
    public void Dispose_DropsEverything_AndFailsThoseWhoWait() => OnGreen(async () =>
    {
        var dropped = new List<int>();
        int made = 0;
        var pool = new Pool<int>(() => ++made, minSize: 1, maxSize: 1, discard: dropped.Add);
        int item = await pool.GetAsync();
        GreenThread[] waiters = [.. Enumerable.Range(0, 3).Select(_ => GreenThread.Spawn(async () => await pool.GetAsync()))];
        await TurnAsync();
        pool.Dispose();
        foreach (GreenThread waiter in waiters)
        {
            Assert.IsType<ObjectDisposedException>(await ErrorOf(waiter));
        }

        pool.Put(item);
        Assert.Equal([1], dropped);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.GetAsync());
    });

    [Fact]
    public void Get_InMain_Blocks() => OnMain(() =>
    {
        var pool = new Pool<int>(() => 1, maxSize: 1);
        int item = pool.Get();
        GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            pool.Put(item);
        });
        Assert.Equal(1, pool.Get());
    });
}

public sealed class ResourcePoolOnEpoll : ResourcePoolTests<EpollHub>;
public sealed class ResourcePoolOnPoll : ResourcePoolTests<PollHub>;
public sealed class ResourcePoolOnSelect : ResourcePoolTests<SelectHub>;
