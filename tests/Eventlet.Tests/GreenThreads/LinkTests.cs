using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Link and Unlink.</summary>
public abstract class LinkTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    // greenthread_test.Spawn.test_link
    [Fact]
    public void Link_IsCalledInTheOneThatEnds_InOrder_BeforeItsWaiters() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread<int> green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            log.Add("end");
            return 3;
        });
        GreenThread waiter = GreenThread.Spawn(async () =>
        {
            await green;
            log.Add("waiter");
        });
        for (int i = 0; i < 3; i++)
        {
            int number = i;
            green.Link(ended =>
            {
                Assert.Same(green, ended);
                Assert.Same(green, GreenThread.Current);
                Assert.True(ended.IsDead);
                log.Add($"link {number}");
            });
        }

        await waiter;
        Assert.Equal(["end", "link 0", "link 1", "link 2", "waiter"], log);
    });

    // greenthread_test.Spawn.test_link_after_exited
    [Fact]
    public void Link_AfterTheEnd_CallsAtOnce() => OnGreen(async () =>
    {
        GreenThread green = GreenThread.Spawn(() => Task.CompletedTask);
        await green;
        bool called = false;
        green.Link(_ => called = true);
        Assert.True(called);
    });

    // greenthread_test.Spawn.test_link_relinks
    [Fact]
    public void Link_MadeByALink_RunsInTheSamePass_WithoutRecursion() => OnGreen(async () =>
    {
        const int Count = 50_000;
        int called = 0;
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(() => Task.CompletedTask);
        green.Link(_ =>
        {
            green.Link(_ => log.Add("inner"));
            log.Add("outer");
        });
        void Again(GreenThread ended)
        {
            if (++called < Count)
            {
                ended.Link(Again);
            }
        }

        green.Link(Again);
        await green;
        Assert.Equal(["outer", "inner"], log);
        Assert.Equal(Count, called);
    });

    [Fact]
    public void Link_OfTheSameTwice_IsCalledTwice_AndUnlinkTakesOne() => OnGreen(async () =>
    {
        int called = 0;
        void Callback(GreenThread ended) => called++;
        GreenThread green = GreenThread.Spawn(() => Task.CompletedTask);
        green.Link(Callback);
        green.Link(Callback);
        green.Link(Callback);
        Assert.True(green.Unlink(Callback));
        Assert.False(green.Unlink(_ => called++));
        await green;
        Assert.Equal(2, called);
        Assert.False(green.Unlink(Callback));
    });

    [Fact]
    public void Link_ThatThrows_IsReported_AndStopsNothing() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread<int> green = GreenThread.Spawn(() => Task.FromResult(4));
        green.Link(_ => throw new FormatException("of a link"));
        green.Link(_ => log.Add("second link"));
        Assert.Equal(4, await green);
        Assert.Equal(["second link"], log);
        Assert.Equal("of a link", Assert.Single(TakeUnhandled()).Message);
    });

    [Fact]
    public void Link_OfOneThatFails_IsCalledToo_AndItsErrorIsTakenOver() => OnGreen(async () =>
    {
        bool called = false;
        GreenThread green = GreenThread.Spawn(() => throw new FormatException());
        green.Link(ended => called = ended.IsDead && !ended.WasKilled);
        await TurnAsync();
        Assert.True(called);
    });

    [Fact]
    public void Link_FromAnotherThread_IsCalledOnTheHub() => OnGreen(async () =>
    {
        int thread = 0;
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.Current!.Hub.SwitchAsync());
        await GreenThread.SleepAsync();
        await Task.Run(() => green.Link(_ => thread = Environment.CurrentManagedThreadId));
        green.Switch();
        await green;
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    });

    [Fact]
    public void Link_RacingWithTheEnd_IsCalledOnce() => OnGreen(async () =>
    {
        const int Count = 2_000;
        int called = 0;
        var greens = new GreenThread[Count];
        for (int i = 0; i < Count; i++)
        {
            greens[i] = GreenThread.Spawn(() => Task.CompletedTask);
        }

        using var begin = new Barrier(2);
        Task linker = Task.Run(() =>
        {
            begin.SignalAndWait();
            foreach (GreenThread green in greens)
            {
                green.Link(_ => Interlocked.Increment(ref called));
            }
        });
        begin.SignalAndWait();
        foreach (GreenThread green in greens)
        {
            await green;
        }

        await linker;
        Assert.Equal(Count, called);
    });

    [Fact]
    public void Link_Null_IsRefused() => OnMain(() =>
    {
        GreenThread green = GreenThread.Spawn(() => Task.CompletedTask);
        Assert.Throws<ArgumentNullException>(() => green.Link(null!));
        green.Wait();
    });

    [Fact]
    public void Link_OfOneThatIsAbandoned_IsNeverCalled()
    {
        bool called = false;
        OnGreen(async () =>
        {
            GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
            green.Link(_ => called = true);
            await GreenThread.SleepAsync();
        });
        Assert.False(called);
    }
}

public sealed class LinkOnEpoll : LinkTests<EpollHub>;
public sealed class LinkOnIoUring : LinkTests<IoUringHub>;
public sealed class LinkOnPoll : LinkTests<PollHub>;
public sealed class LinkOnSelect : LinkTests<SelectHub>;
