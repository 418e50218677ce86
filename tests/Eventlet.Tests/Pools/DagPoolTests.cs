using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Pools;

public abstract class DagPoolTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    protected override void Dispose(bool disposing)
    {
        PoolHub.Drop();
        base.Dispose(disposing);
    }

    private static async Task<string> JoinAsync(string key, IAsyncEnumerable<KeyValuePair<string, string>> results)
    {
        var seen = new List<string>();
        await foreach ((_, string value) in results)
        {
            seen.Add(value);
        }

        return seen.Count == 0 ? key : $"{key}({string.Join(",", seen)})";
    }

    [Fact]
    public void Tasks_TakeTheValuesOfTheirDependencies_AsTheyBecomeAvailable() => OnGreen(async () =>
    {
        var pool = new DagPool<string, string>([new("a", "A")]);
        pool.Spawn("d", ["b", "c", "a"], JoinAsync);
        pool.SpawnMany([new("e", ["d"]), new("c", [])], JoinAsync);
        await TurnAsync();
        Assert.Equal(["b"], pool.WaitingFor("d"));
        Assert.Equal(["d"], pool.WaitingFor()["e"]);
        Assert.Equal(2, pool.Waiting);
        Assert.Equal(["d", "e"], pool.RunningKeys.Order(StringComparer.Ordinal));
        Assert.False(pool.TryGet("b", out _));
        pool.Post("b", "B");
        IReadOnlyDictionary<string, string> values = await pool.WaitAllAsync();
        Assert.Equal("d(A,c,B)", values["d"]);
        Assert.Equal("e(d(A,c,B))", values["e"]);
        Assert.Equal(0, pool.Running);
        Assert.Equal(5, pool.Items().Count);
        Assert.Equal("e(d(A,c,B))", await pool.GetAsync("e"));
        Assert.Empty(pool.WaitingFor("e"));
    });

    [Fact]
    public void Key_UsedTwice_Collides_ExceptForItsOwnTask() => OnGreen(async () =>
    {
        var pool = new DagPool<string, string>();
        pool.Post("x", "1");
        Assert.Throws<CollisionException>(() => pool.Post("x", "2"));
        Assert.Throws<CollisionException>(() => pool.Spawn("x", [], JoinAsync));
        pool.Post("x", "2", replace: true);
        Assert.True(pool.TryGet("x", out string? value));
        Assert.Equal("2", value);
        pool.Spawn("own", [], (key, _) =>
        {
            pool.Post(key, "posted");
            return Task.FromResult("returned");
        });
        Assert.Throws<CollisionException>(() => pool.Post("own", "of another"));
        Assert.Equal("posted", await pool.GetAsync("own"));
        await TurnAsync();
        Assert.Equal("posted", await pool.GetAsync("own"));
    });

    [Fact]
    public void Failure_IsThrownWhereTheValueIsRead_AndDependentsWrapIt() => OnGreen(async () =>
    {
        var pool = new DagPool<string, string>();
        pool.Spawn("bad", [], (_, _) => throw new FormatException("broken"));
        pool.Spawn("next", ["bad"], JoinAsync);
        pool.Spawn("good", [], JoinAsync);
        var error = await Assert.ThrowsAsync<PropagateException>(async () => await pool.GetAsync("next"));
        Assert.Equal("next", error.Key);
        var cause = Assert.IsType<PropagateException>(error.InnerException);
        Assert.Equal("bad", cause.Key);
        Assert.IsType<FormatException>(cause.InnerException);
        await Assert.ThrowsAsync<PropagateException>(async () => await pool.WaitAllAsync());
        Assert.Throws<PropagateException>(() => pool.Items());
        var good = new List<string>();
        await foreach ((string key, _) in pool.WaitEachSuccessAsync())
        {
            good.Add(key);
        }

        var bad = new List<string>();
        await foreach ((string key, _) in pool.WaitEachExceptionAsync())
        {
            bad.Add(key);
        }

        Assert.Equal(["good"], good);
        Assert.Equal(["bad", "next"], bad.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Kill_FreesTheKey_ForAnotherTask() => OnGreen(async () =>
    {
        var pool = new DagPool<string, string>();
        pool.Spawn("k", ["never"], JoinAsync);
        GreenThread<string> reader = GreenThread.Spawn(async () => await pool.GetAsync("k"));
        await TurnAsync();
        pool.Kill("k");
        Assert.Throws<KeyNotFoundException>(() => pool.Kill("k"));
        Assert.Throws<KeyNotFoundException>(() => pool.WaitingFor("k"));
        pool.Spawn("k", [], JoinAsync);
        Assert.Equal("k", await reader);
    });

    [Fact]
    public void OutsideGreenthreads_ItWorksToo() => OnMain(() =>
    {
        using Hub hub = StartHub();
        var pool = new DagPool<string, string>();
        hub.InvokeAsync(() =>
        {
            pool.Spawn("b", ["a"], JoinAsync);
            return Task.CompletedTask;
        }).Wait();
        pool.Post("a", "A");
        Assert.Equal("b(A)", Task.Run(async () => await pool.GetAsync("b")).Result);
    });
}

public sealed class DagPoolOnEpoll : DagPoolTests<EpollHub>;
public sealed class DagPoolOnPoll : DagPoolTests<PollHub>;
public sealed class DagPoolOnSelect : DagPoolTests<SelectHub>;
