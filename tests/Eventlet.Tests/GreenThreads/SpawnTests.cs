using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Beginning: Spawn, SpawnN, SpawnAfter, SpawnAfterLocal, Cancel.</summary>
public abstract class SpawnTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    // greenthread_test.Spawn.test_simple
    [Fact]
    public void Spawn_OfAValue_WaitGivesIt() => OnMain(() =>
    {
        var text = "argument";
        GreenThread<string> green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            return text + "!";
        });
        Assert.False(green.IsDead);
        Assert.Equal("argument!", green.Wait());
        Assert.True(green.IsDead);
        Assert.False(green.WasKilled);
        Assert.Same(Hubs.GetHub(), green.Hub);
    });

    // greenthread_test.Spawn.test_n
    [Fact]
    public void SpawnN_AfterAYield_HasRun() => OnGreen(async () =>
    {
        bool ran = false;
        GreenThread.SpawnN(() =>
        {
            ran = true;
            return Task.CompletedTask;
        });
        Assert.False(ran);
        await GreenThread.SleepAsync();
        Assert.True(ran);
    });

    [Fact]
    public void Spawn_RunsNothingInTheCall_AndBeginsInOrder() => OnGreen(async () =>
    {
        List<int> begun = [];
        for (int i = 0; i < 300; i++)
        {
            int number = i;
            switch (i % 3)
            {
                case 0:
                    _ = GreenThread.Spawn(() => Note(number));
                    break;
                case 1:
                    GreenThread.SpawnN(() => Note(number));
                    break;
                default:
                    _ = GreenThread.Current!.Hub.Spawn(() => Note(number));
                    break;
            }
        }

        Assert.Empty(begun);
        await GreenThread.SleepAsync();
        Assert.Equal(Enumerable.Range(0, 300), begun);

        Task Note(int number)
        {
            begun.Add(number);
            return Task.CompletedTask;
        }
    });

    [Fact]
    public void Spawn_FromAnotherThread_RunsOnTheHub() => OnGreen(async () =>
    {
        Hub hub = GreenThread.Current!.Hub;
        int thread = Environment.CurrentManagedThreadId;
        GreenThread<int> green = await Task.Run(() => hub.Spawn(() => Task.FromResult(Environment.CurrentManagedThreadId)));
        Assert.Equal(thread, await green);
    });

    [Fact]
    public void Spawn_ByAThirdThread_IsItsOwnHubs() => OnMain(() =>
    {
        Hub mine = Hubs.GetHub();
        PlainThread.Run(() =>
        {
            using Hub other = Hubs.GetHub();
            Assert.NotSame(mine, GreenThread.Spawn(() => Task.CompletedTask).Hub);
        });
    });

    [Fact]
    public void Spawn_NullBody_IsRefusedAtOnce() => OnMain(() =>
    {
        Assert.Throws<ArgumentNullException>(() => GreenThread.Spawn(null!));
        Assert.Throws<ArgumentNullException>(() => GreenThread.Spawn<int>(null!));
        Assert.Throws<ArgumentNullException>(() => GreenThread.SpawnN(null!));
        Assert.Throws<ArgumentNullException>(() => GreenThread.SpawnAfter(default, null!));
        Assert.Throws<ArgumentNullException>(() => GreenThread.SpawnAfterLocal(default, null!));
    });

    [Fact]
    public void Spawn_FlowsTheExecutionContext_AndLeaksNothingBack() => OnGreen(async () =>
    {
        var local = new AsyncLocal<string> { Value = "spawner" };
        List<string?> seen = [];
        GreenThread inner = GreenThread.Spawn(async () =>
        {
            seen.Add(local.Value);
            local.Value = "inner";
            await GreenThread.SleepAsync();
            seen.Add(local.Value);
        });
        local.Value = "later";
        GreenThread.SpawnN(() =>
        {
            seen.Add(local.Value);
            local.Value = "detached";
            return Task.CompletedTask;
        });
        await inner;
        Assert.Equal(["spawner", "later", "inner"], seen);
        Assert.Equal("later", local.Value);
    });

    // greenthread_test.SpawnAfter.test_basic
    [Fact]
    public void SpawnAfter_BeginsWhenTheDelayIsOver() => OnClock(async () =>
    {
        bool ran = false;
        GreenThread green = GreenThread.SpawnAfter(Seconds(10), () =>
        {
            ran = true;
            return Task.CompletedTask;
        });
        await AdvanceAsync(9.999);
        Assert.False(ran);
        Assert.False(green.IsDead);
        await AdvanceAsync(0.001);
        Assert.True(ran);
        await green;
    });

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void SpawnAfter_WithoutADelay_BeginsInTheNextTurn(int seconds) => OnClock(async () =>
    {
        GreenThread green = GreenThread.SpawnAfter(Seconds(seconds), () => Task.CompletedTask);
        Assert.False(green.IsDead);
        await TurnAsync();
        Assert.True(green.IsDead);
    });

    [Fact]
    public void SpawnAfter_OfTheSameMoment_BeginsInOrder() => OnClock(async () =>
    {
        List<string> begun = [];
        _ = GreenThread.SpawnAfter(Seconds(2), () => Note("late"));
        _ = GreenThread.SpawnAfter(Seconds(1), () => Note("first"));
        _ = GreenThread.SpawnAfter(Seconds(1), () => Note("second"));
        await AdvanceAsync(3);
        Assert.Equal(["first", "second", "late"], begun);

        Task Note(string name)
        {
            begun.Add(name);
            return Task.CompletedTask;
        }
    });

    [Fact]
    public void SpawnAfter_OnMainOutsideTheLoop_CountsFromTheCall() => OnMain(() =>
    {
        GreenThread green = GreenThread.SpawnAfter(Seconds(5), () => Task.CompletedTask);
        Clock.Advance(Seconds(5));
        Assert.False(green.IsDead);
        green.Wait();
    }, Clock);

    [Fact]
    public void SpawnAfter_WhoseSpawnerHasEnded_BeginsAllTheSame() => OnClock(async () =>
    {
        bool ran = false;
        await GreenThread.Spawn(() =>
        {
            _ = GreenThread.SpawnAfter(Seconds(1), () =>
            {
                ran = true;
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
        await AdvanceAsync(1);
        Assert.True(ran);
    });

    // greenthread_test.SpawnAfter.test_cancel
    [Fact]
    public void Cancel_BeforeTheBeginning_EndsItInTheCall() => OnClock(async () =>
    {
        bool ran = false;
        Hub hub = GreenThread.Current!.Hub;
        GreenThread green = GreenThread.SpawnAfter(Seconds(1), () =>
        {
            ran = true;
            return Task.CompletedTask;
        });
        int timers = hub.Statistics.Timers;
        green.Cancel();
        Assert.True(green.IsDead);
        Assert.True(green.WasKilled);
        Assert.Equal(timers - 1, hub.Statistics.Timers);
        Assert.Null(await ErrorOf(green));
        await AdvanceAsync(2);
        Assert.False(ran);
    });

    [Fact]
    public void Cancel_OfOneWithAValue_GivesItsWaitersTheExit() => OnGreen(async () =>
    {
        GreenThread<int> plain = GreenThread.Spawn(() => Task.FromResult(1));
        plain.Cancel();
        Assert.IsType<GreenletExit>(await ErrorOf(async () => await plain));

        var mine = new FormatException();
        GreenThread<int> custom = GreenThread.Spawn(() => Task.FromResult(1));
        custom.Cancel(mine);
        Assert.Same(mine, await ErrorOf(async () => await custom));
        Assert.True(custom.WasKilled);
    });

    // greenthread_test.SpawnAfter.test_cancel_already_started
    [Fact]
    public void Cancel_AfterTheBeginning_DoesNothing() => OnGreen(async () =>
    {
        GreenThread<int> green = GreenThread.Spawn(async () =>
        {
            await GreenThread.Current!.Hub.SwitchAsync();
            await GreenThread.SleepAsync();
            return 22;
        });
        await GreenThread.SleepAsync();
        green.Cancel();
        green.Switch();
        Assert.Equal(22, await green);
        green.Cancel();
        Assert.False(green.WasKilled);
    });

    // greenthread_test.SpawnAfterLocal.test_timer_fired
    [Fact]
    public void SpawnAfterLocal_WhileTheSpawnerLives_Begins() => OnClock(async () =>
    {
        bool ran = false;
        _ = GreenThread.SpawnAfterLocal(Seconds(1), () =>
        {
            ran = true;
            return Task.CompletedTask;
        });
        await AdvanceAsync(1);
        Assert.True(ran);
    });

    // greenthread_test.SpawnAfterLocal.test_timer_cancelled_upon_greenlet_exit
    [Fact]
    public void SpawnAfterLocal_WhoseSpawnerEnds_EndsAsKilled() => OnClock(async () =>
    {
        bool ran = false;
        GreenThread? local = null;
        List<string> ends = [];
        GreenThread spawner = GreenThread.Spawn(async () =>
        {
            local = GreenThread.SpawnAfterLocal(Seconds(1), () =>
            {
                ran = true;
                return Task.CompletedTask;
            });
            local.Link(_ => ends.Add("local"));
            await GreenThread.SleepAsync();
        });
        await spawner;
        Assert.True(local!.IsDead);
        Assert.True(local.WasKilled);
        Assert.Equal(["local"], ends);
        await local;
        await AdvanceAsync(2);
        Assert.False(ran);
    });

    [Fact]
    public void SpawnAfterLocal_ThatHasBegun_OutlivesItsSpawner() => OnClock(async () =>
    {
        GreenThread? local = null;
        GreenThread spawner = GreenThread.Spawn(async () =>
        {
            local = GreenThread.SpawnAfterLocal(Seconds(1), async () => await GreenThread.SleepAsync(Seconds(5)));
            await GreenThread.SleepAsync(Seconds(2));
        });
        await AdvanceAsync(1);
        await AdvanceAsync(1);
        Assert.True(spawner.IsDead);
        Assert.False(local!.IsDead);
        await AdvanceAsync(4);
        Assert.True(local.IsDead);
        Assert.False(local.WasKilled);
    });

    // greenthread_test.SpawnAfterLocal.test_spawn_is_not_cancelled
    [Fact]
    public void Spawn_WhoseSpawnerEndsAtOnce_Runs() => OnGreen(async () =>
    {
        bool ran = false;
        await GreenThread.Spawn(() =>
        {
            _ = GreenThread.Spawn(() =>
            {
                ran = true;
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
        await GreenThread.SleepAsync();
        Assert.True(ran);
    });

    [Fact]
    public void SpawnAfterLocal_InMain_HasNoSpawnerToEnd() => OnMain(() =>
    {
        GreenThread green = GreenThread.SpawnAfterLocal(Seconds(1), () => Task.CompletedTask);
        Clock.Advance(Seconds(1));
        green.Wait();
        Assert.False(green.WasKilled);
    }, Clock);

    [Fact]
    public void Current_IsTheGreenthread_AndNullOutsideOne() => OnMain(() =>
    {
        Assert.Null(GreenThread.Current);
        GreenThread? inBody = null;
        GreenThread? afterWait = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            inBody = GreenThread.Current;
            await GreenThread.SleepAsync();
            afterWait = GreenThread.Current;
        });
        List<GreenThread?> inCallbacks = [];
        Hubs.GetHub().Post(() => inCallbacks.Add(GreenThread.Current));
        Hubs.GetHub().ScheduleCallGlobal(default, () => inCallbacks.Add(GreenThread.Current));
        green.Wait();
        GreenThread.Sleep();
        GreenThread.Sleep(TimeSpan.FromTicks(1));
        Assert.Same(green, inBody);
        Assert.Same(green, afterWait);
        Assert.Equal([null, null], inCallbacks);
        Assert.Null(GreenThread.Current);
    });
}

public sealed class SpawnOnEpoll : SpawnTests<EpollHub>;
public sealed class SpawnOnIoUring : SpawnTests<IoUringHub>;
public sealed class SpawnOnPoll : SpawnTests<PollHub>;
public sealed class SpawnOnSelect : SpawnTests<SelectHub>;
