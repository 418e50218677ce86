using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Waiting for a greenthread: await, AsTask, Wait; from greenthreads, from outside, from another hub.</summary>
public abstract class JoinTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Await_ByMany_ManyTimes_ResumesInOrder() => OnGreen(async () =>
    {
        List<int> order = [];
        GreenThread<string> green = GreenThread.Spawn(async () => (string)(await GreenThread.Current!.Hub.SwitchAsync())!);
        await GreenThread.SleepAsync();
        var waiters = new GreenThread[100];
        for (int i = 0; i < waiters.Length; i++)
        {
            int number = i;
            waiters[i] = GreenThread.Spawn(async () =>
            {
                Assert.Equal("value", await green);
                order.Add(number);
                Assert.Equal("value", await green);
                await (GreenThread)green;
            });
        }

        await GreenThread.SleepAsync();
        green.Switch("value");
        foreach (GreenThread waiter in waiters)
        {
            await waiter;
        }

        Assert.Equal(Enumerable.Range(0, waiters.Length), order);
    });

    [Fact]
    public void Await_OfOneThatFailed_ThrowsTheSameObjectEachTime() => OnGreen(async () =>
    {
        var mine = new FormatException();
        GreenThread<int> green = GreenThread.Spawn<int>(async () =>
        {
            await GreenThread.SleepAsync();
            throw mine;
        });
        Assert.Same(mine, await ErrorOf(async () => await green));
        Assert.Same(mine, await ErrorOf(async () => await green));
        Assert.Same(mine, await ErrorOf(green));
        Assert.Same(mine, await ErrorOf(() => green.AsTask()));
        Assert.Same(mine, await ErrorOf(() => ((GreenThread)green).AsTask()));
    });

    [Fact]
    public void Await_OfOneKilled_ReturnsWithoutAValue_AndThrowsWithOne() => OnGreen(async () =>
    {
        GreenThread<int> green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            return 1;
        });
        GreenThread plain = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        await GreenThread.SleepAsync();
        green.Kill();
        plain.Kill();
        await plain;
        await plain.AsTask();
        Assert.IsType<GreenletExit>(await ErrorOf(async () => await green));
        Assert.IsType<GreenletExit>(await ErrorOf(() => green.AsTask()));
    });

    [Fact]
    public void Await_OfOnesOwnEnd_IsRefused() => OnGreen(async () =>
    {
        GreenThread green = null!;
        GreenThread<int> valued = null!;
        green = GreenThread.Spawn(async () => await green);
        valued = GreenThread.Spawn(async () => await valued);
        Assert.IsType<InvalidOperationException>(await ErrorOf(green));
        Assert.IsType<InvalidOperationException>(await ErrorOf(async () => await valued));
    });

    [Fact]
    public void AsTask_InWhenAllAndWhenAny_ComesBackToTheGreenthread() => OnGreen(async () =>
    {
        GreenThread me = GreenThread.Current!;
        int thread = Environment.CurrentManagedThreadId;
        GreenThread<int> slow = GreenThread.Spawn(async () => (int)(await GreenThread.Current!.Hub.SwitchAsync())!);
        GreenThread<int> quick = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            return 1;
        });
        Task<int> first = await Task.WhenAny(slow.AsTask(), quick.AsTask());
        Assert.Same(me, GreenThread.Current);
        Assert.Equal(1, await first);
        slow.Switch(2);
        int[] both = await Task.WhenAll(slow.AsTask(), quick.AsTask());
        Assert.Equal([2, 1], both);
        Assert.Same(me, GreenThread.Current);
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
    });

    [Fact]
    public void Wait_OutsideTheLoop_RunsItUntilTheEnd() => OnMain(() =>
    {
        var mine = new FormatException();
        GreenThread plain = GreenThread.Spawn(async () => await GreenThread.SleepAsync());
        plain.Wait();
        plain.Wait();
        GreenThread failing = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            throw mine;
        });
        Assert.Same(mine, Record.Exception(failing.Wait));
        Assert.Same(mine, Record.Exception(() => failing.Wait(TimeSpan.Zero)));
        GreenThread<int> killed = GreenThread.Spawn(() => Task.FromResult(1));
        killed.Kill();
        Assert.IsType<GreenletExit>(Record.Exception(() => killed.Wait()));
        ((GreenThread)killed).Kill();
    });

    [Fact]
    public void Wait_WithATimeout_TellsWhetherItHasEnded() => OnMain(() =>
    {
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.Current!.Hub.SwitchAsync());
        Assert.False(green.Wait(TimeSpan.Zero));
        Assert.False(green.Wait(TimeSpan.FromMilliseconds(5)));
        Assert.False(green.Wait(Seconds(-3)));
        green.Switch();
        Assert.True(green.Wait(Timeout.InfiniteTimeSpan));
        Assert.True(green.Wait(TimeSpan.Zero));
        Assert.Equal(0, Hubs.GetHub().Statistics.Timers);
    });

    [Fact]
    public void Wait_InsideTheLoop_IsRefusedAndNamesTheRemedy() => OnGreen(() =>
    {
        GreenThread<int> green = GreenThread.Spawn(() => Task.FromResult(1));
        foreach (Action wait in new Action[] { () => green.Wait(), ((GreenThread)green).Wait, () => green.Wait(TimeSpan.Zero) })
        {
            string message = Assert.Throws<InvalidOperationException>(wait).Message;
            Assert.StartsWith("do not call blocking functions from the mainloop", message, StringComparison.Ordinal);
            Assert.Contains("await", message, StringComparison.Ordinal);
        }

        return Task.CompletedTask;
    });

    [Fact]
    public void Await_FromAnotherHub_ResumesThere() => OnMain(() =>
    {
        using Hub other = StartHub();
        GreenThread<int> there = other.Spawn(async () =>
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            return Environment.CurrentManagedThreadId;
        });
        Hubs.GetHub().Run(async () =>
        {
            GreenThread me = GreenThread.Current!;
            int here = Environment.CurrentManagedThreadId;
            Assert.NotEqual(here, await there);
            Assert.Same(me, GreenThread.Current);
            Assert.Equal(here, Environment.CurrentManagedThreadId);
            Assert.NotEqual(here, await there);
            Assert.NotEqual(here, await there.AsTask());
            Assert.Equal(here, Environment.CurrentManagedThreadId);
        });
    });

    [Fact]
    public void Await_OfOneWhoseHubNobodyRuns_LaunchesThatHub() => OnMain(() =>
    {
        using var spawned = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        GreenThread<int>? there = null;
        PlainThread.Started<bool> owner = PlainThread.Start(() =>
        {
            Hubs.UseHub(Factory);
            using Hub idle = Hubs.GetHub();
            there = idle.Spawn(async () =>
            {
                await GreenThread.SleepAsync();
                return 9;
            });
            spawned.Set();
            end.Wait();
            return idle.IsRunning;
        });
        spawned.Wait();
        Assert.False(there!.Hub.IsRunning);
        try
        {
            Hubs.GetHub().Run(async () => Assert.Equal(9, await there));
            Assert.Equal(9, there.Wait());
        }
        finally
        {
            end.Set();
        }

        Assert.True(owner.Join());
    });

    [Fact]
    public void Wait_ByAForeignThread_LaunchesTheHub() => OnMain(() =>
    {
        GreenThread<int> green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            return 6;
        });
        Assert.Equal(6, PlainThread.Run(green.Wait));
        Assert.True(Hubs.GetHub().IsRunning);
    });

    [Fact]
    public void Wait_OfOneWhoseHubIsDropped_Fails()
    {
        GreenThread? green = null;
        OnMain(() =>
        {
            green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
            GreenThread.Sleep();
        });
        Assert.True(green!.IsDead);
        Assert.False(green.WasKilled);
        Assert.Equal("hub disposed", Assert.Throws<HubException>(green.Wait).Message);
        OnGreen(async () => Assert.IsType<HubException>(await ErrorOf(green)));
        Assert.ThrowsAny<HubException>(() => green.AsTask().GetAwaiter().GetResult());
        green.Kill();
        green.Throw(new FormatException());
    }

    [Fact]
    public void Await_OfOneWhoseHubIsDroppedMeanwhile_Fails() => OnMain(() =>
    {
        Hub other = StartHub();
        GreenThread there = other.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        Hubs.GetHub().Run(async () =>
        {
            GreenThread waiter = GreenThread.Spawn(async () => await there);
            Task asTask = there.AsTask();
            await GreenThread.SleepAsync();
            other.Dispose();
            Assert.IsType<HubException>(await ErrorOf(waiter));
            Assert.IsType<HubException>(await ErrorOf(() => asTask));
        });
    });

    [Fact]
    public void Spawn_OnADroppedHub_IsRefused()
    {
        Hub? hub = null;
        OnMain(() => hub = Hubs.GetHub());
        Assert.Throws<HubException>(() => hub!.Spawn(() => Task.CompletedTask));
    }

    [Fact]
    public void Await_Interrupted_LeavesTheListOfWaiters() => OnClock(async () =>
    {
        GreenThread<object?> target = GreenThread.Spawn(async () => await GreenThread.Current!.Hub.SwitchAsync());
        List<string> log = [];
        GreenThread first = Waiter("first");
        GreenThread timed = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            Assert.True(limit.Caught((await ErrorOf(async () => await target))!));
        });
        GreenThread last = Waiter("last");
        await AdvanceAsync(1);
        Assert.True(timed.IsDead);
        first.Kill();
        await first;
        target.Switch("v");
        await last;
        Assert.Equal(["last v"], log);

        GreenThread Waiter(string name) => GreenThread.Spawn(async () => log.Add($"{name} {await target}"));
    });
}

public sealed class JoinOnEpoll : JoinTests<EpollHub>;
public sealed class JoinOnIoUring : JoinTests<IoUringHub>;
public sealed class JoinOnPoll : JoinTests<PollHub>;
public sealed class JoinOnSelect : JoinTests<SelectHub>;
