using System.Diagnostics;
using Eventlet.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.Model;

/// <summary>Timers of a hub: order, cancellation, local and global ones, and clocks that are moved by hand.</summary>
public abstract class HubTimerTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static HubFactory Factory => Hubs.Builtin.Single(factory => factory.Name == THub.HubName);

    [Fact]
    public void Timers_FireInOrderOfTheirDeadlines_TiesInOrderOfScheduling() => OnClock((hub, clock) =>
    {
        var fired = new List<string>();
        void At(int seconds, string name) => hub.ScheduleCallGlobal(TimeSpan.FromSeconds(seconds), () => fired.Add(name));
        At(2, "2a");
        At(1, "1a");
        At(3, "3a");
        At(1, "1b");
        At(0, "0a");
        At(2, "2b");
        At(-1, "0b");
        At(1, "1c");
        for (int i = 0; i < 5; i++)
        {
            Turn(hub);
            fired.Add("|");
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("0a 0b | 1a 1b 1c | 2a 2b | 3a | |", string.Join(' ', fired));
        Assert.Equal(0, hub.Statistics.Timers);
    });

    [Fact]
    public void Timers_OverdueAtOnce_FireEarliestDeadlineFirst() => OnClock((hub, clock) =>
    {
        var fired = new List<int>();
        foreach (int seconds in new[] { 5, 3, 4, 1, 2 })
        {
            hub.ScheduleCallGlobal(TimeSpan.FromSeconds(seconds), () => fired.Add(seconds));
        }

        clock.Advance(TimeSpan.FromDays(1));
        Turn(hub);
        Assert.Equal([1, 2, 3, 4, 5], fired);
    });

    [Fact]
    public void ThousandTimers_OfOneDeadline_FireInOrderOfScheduling() => OnClock((hub, clock) =>
    {
        var fired = new List<int>();
        for (int i = 0; i < 1000; i++)
        {
            int number = i;
            hub.ScheduleCallGlobal(TimeSpan.FromSeconds(1), () => fired.Add(number));
        }

        clock.Advance(TimeSpan.FromSeconds(1));
        Turn(hub);
        Turn(hub);
        while (fired.Count < 1000)
        {
            Turn(hub);
        }

        Assert.Equal(Enumerable.Range(0, 1000), fired);
    });

    [Fact]
    public void Timer_NeverFiresBeforeItsDeadline_NorTwice() => OnClock((hub, clock) =>
    {
        int fired = 0;
        HubTimer timer = hub.ScheduleCallGlobal(TimeSpan.FromTicks(10_000_001), () => fired++);
        clock.Advance(TimeSpan.FromTicks(10_000_000));
        Turn(hub);
        Assert.Equal(0, fired);
        Assert.True(timer.IsPending);
        clock.Advance(TimeSpan.FromTicks(1));
        Turn(hub);
        Assert.Equal(1, fired);
        Assert.False(timer.IsPending);
        timer.Cancel();
        clock.Advance(TimeSpan.FromDays(1));
        Turn(hub);
        Assert.Equal(1, fired);
    });

    [Fact]
    public void Timer_Infinite_NeverFires_AndIsCancelled() => OnClock((hub, clock) =>
    {
        HubTimer timer = hub.ScheduleCallGlobal(Timeout.InfiniteTimeSpan, () => Assert.Fail("it fired"));
        clock.Advance(TimeSpan.FromDays(10_000));
        Turn(hub);
        Assert.True(timer.IsPending);
        timer.Cancel();
        Assert.False(timer.IsPending);
    });

    [Fact]
    public void Cancel_BetweenDueAndCall_PreventsTheCall() => OnClock((hub, _) =>
    {
        var fired = new List<string>();
        HubTimer? second = null;
        hub.ScheduleCallGlobal(TimeSpan.Zero, () =>
        {
            fired.Add("first");
            second!.Cancel();
        });
        second = hub.ScheduleCallGlobal(TimeSpan.Zero, () => fired.Add("second"));
        Turn(hub);
        Turn(hub);
        Assert.Equal(["first"], fired);
    });

    [Fact]
    public void Cancel_FromAnotherThread_Works() => OnClock((hub, clock) =>
    {
        HubTimer timer = hub.ScheduleCallGlobal(TimeSpan.FromSeconds(1), () => Assert.Fail("it fired"));
        PlainThread.Run(timer.Cancel);
        Assert.False(timer.IsPending);
        clock.Advance(TimeSpan.FromSeconds(1));
        Turn(hub);
        Assert.Equal(0, hub.Statistics.Timers);
    });

    [Fact]
    public void ScheduleAndCancel_ManyTimes_ReallyRemoves() => OnClock((hub, _) =>
    {
        for (int i = 0; i < 2000; i++)
        {
            hub.ScheduleCallGlobal(TimeSpan.FromSeconds(60), () => { }).Cancel();
            Assert.Equal(0, hub.Statistics.Timers);
        }

        hub.Run(async () =>
        {
            for (int i = 0; i < 2000; i++)
            {
                HubTimer timer = hub.ScheduleCallGlobal(TimeSpan.FromSeconds(60), () => { });
                await GreenThread.SleepAsync();
                timer.Cancel();
                Assert.Equal(0, hub.Statistics.Timers);
            }
        });
        HubTimer[] timers = [.. Enumerable.Range(0, 3000).Select(_ => hub.ScheduleCallGlobal(TimeSpan.FromSeconds(60), () => { }))];
        Assert.All(timers.Where((_, i) => i % 3 == 0), timer => timer.Cancel());
        Assert.Equal(2000, hub.Statistics.Timers);
        Assert.All(timers, timer => timer.Cancel());
        Assert.Equal(0, hub.Statistics.Timers);
    });

    [Fact]
    public void ScheduleCallLocal_OfAGreenThreadThatHasEnded_IsDropped_AGlobalOneFires() => OnClock((hub, clock) =>
    {
        var fired = new List<string>();
        HubTimer? local = null;
        GreenThread living = GreenThread.Spawn(async () =>
        {
            hub.ScheduleCallLocal(TimeSpan.FromSeconds(1), () => fired.Add("local of the living"));
            await hub.SwitchAsync();
        });
        GreenThread.Spawn(() =>
        {
            local = hub.ScheduleCallLocal(TimeSpan.FromSeconds(1), () => fired.Add("local of the dead"));
            hub.ScheduleCallGlobal(TimeSpan.FromSeconds(1), () => fired.Add("global of the dead"));
            Assert.True(local.IsPending);
            return Task.CompletedTask;
        }).Wait();
        Assert.False(local!.IsPending);
        hub.ScheduleCallLocal(TimeSpan.FromSeconds(1), () => fired.Add("local of nobody"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Turn(hub);
        Assert.Equal(["local of the living", "global of the dead", "local of nobody"], fired);
        living.Kill();
        living.Wait();
    });

    [Fact]
    public void Timer_AddedByATimer_FiresInALaterPass_WithAPollInBetween() => OnClock((hub, _) =>
    {
        var passes = new List<long>();
        void Again()
        {
            passes.Add(hub.Statistics.Polls);
            if (passes.Count < 100)
            {
                hub.ScheduleCallGlobal(TimeSpan.Zero, Again);
            }
        }

        hub.ScheduleCallGlobal(TimeSpan.Zero, Again);
        hub.Run(async () =>
        {
            while (passes.Count < 100)
            {
                await GreenThread.SleepAsync();
            }
        });
        Assert.Equal(passes.Distinct(), passes);
    });

    [Fact]
    public void ClockThatIsMoved_WakesTheSleepingHub() => OnClock((hub, clock) =>
    {
        // Nobody waits for real time here: the hub sleeps in the kernel until the clock's timer wakes it.
        using var asleep = new ManualResetEventSlim();
        hub.Post(asleep.Set);
        var mover = PlainThread.Start(() =>
        {
            asleep.Wait();
            for (int i = 0; i < 24; i++)
            {
                clock.Advance(TimeSpan.FromHours(1));
            }

            return true;
        });
        DateTimeOffset before = clock.GetUtcNow();
        GreenThread.Sleep(TimeSpan.FromHours(24));
        Assert.Equal(TimeSpan.FromHours(24), clock.GetUtcNow() - before);
        mover.Join();
        Assert.Same(clock, hub.Clock);
    });

    [Fact]
    public void ClockThatIsMoved_EndsTrampolinesInTime() => OnClock((hub, clock) =>
    {
        using var pipes = new Backends.Descriptors();
        (int reader, _) = pipes.Pipe();
        hub.Run(async () =>
        {
            GreenThread waiting = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromDays(1)));
            await GreenThread.SleepAsync();
            clock.Advance(TimeSpan.FromDays(1) - TimeSpan.FromTicks(1));
            await GreenThread.SleepAsync();
            Assert.False(waiting.IsDead);
            clock.Advance(TimeSpan.FromTicks(1));
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await waiting);
        });
    });

    [Fact]
    public void Sleep_LastsAtLeastAsLongAsAsked_AlsoAfterATimerHasThrown() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        hub.UnhandledException += _ => { };
        var delay = TimeSpan.FromMilliseconds(20);
        var clock = Stopwatch.StartNew();
        GreenThread.Sleep(delay);
        Assert.True(clock.Elapsed >= delay);
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => throw new FormatException());
        clock.Restart();
        GreenThread.Sleep(delay);
        Assert.True(clock.Elapsed >= delay);
    });

    /// <summary>Two blocking calls that wait for nothing: the first takes what is due, the second runs it.</summary>
    private static void Turn(Hub hub)
    {
        hub.Run(() => Task.CompletedTask);
        hub.Run(() => Task.CompletedTask);
    }

    private static void OnClock(Action<Hub, FakeTimeProvider> body) => PlainThread.Run(() =>
    {
        var clock = new FakeTimeProvider();
        Hubs.UseHub(Factory, new HubOptions { Clock = clock });
        using Hub hub = Hubs.GetHub();
        body(hub, clock);
    });
}

/// <summary>On epoll.</summary>
public sealed class HubTimerOnEpoll : HubTimerTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class HubTimerOnIoUring : HubTimerTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class HubTimerOnPoll : HubTimerTests<PollHub>;

/// <summary>On select.</summary>
public sealed class HubTimerOnSelect : HubTimerTests<SelectHub>;
