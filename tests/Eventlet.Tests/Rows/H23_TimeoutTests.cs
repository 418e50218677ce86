using Eventlet.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>Row H23: on time-out, a trampoline raises the time-out's exception instead of returning.</summary>
public abstract class H23_TimeoutTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private protected Fds Open { get; } = new();

    protected override void Dispose(bool disposing)
    {
        Open.Dispose();
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-100_000_000)]
    [InlineData(1)]
    public void TimeOut_WithoutReadiness_ThrowsTheDefault_InBothForms(long ticks)
    {
        (int reader, _) = Open.Pipe();
        var timeout = TimeSpan.FromTicks(ticks);
        OnOwner(() => Assert.Throws<GreenTimeoutException>(() => Hubs.Trampoline(reader, read: true, timeout: timeout)));
        OnHub(async () =>
        {
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(reader, read: true, timeout: timeout));
            Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
            Assert.Equal(0, Hubs.GetHub().Statistics.Timers);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(1)]
    public void TimeOut_ThatIsOver_PollsOnce_AndReadinessWins(long ticks)
    {
        int fd = Open.Eventfd(1);
        var timeout = TimeSpan.FromTicks(ticks);
        for (int i = 0; i < 20; i++)
        {
            OnOwner(() => Hubs.Trampoline(fd, read: true, timeout: timeout));
        }

        OnHub(async () =>
        {
            for (int i = 0; i < 500; i++)
            {
                await Hubs.TrampolineAsync(fd, read: true, timeout: timeout);
            }
        });
    }

    [Fact]
    public void ZeroTimeOut_InATimerCallbackAndInAnIoCallback_PollsOnceInBoth() => OnHub(async () =>
    {
        // Of old, which of them won depended on what had resumed the waiter last.
        (int reader, int writer) = Open.Pipe();
        int ready = Open.Eventfd(1);
        await GreenThread.SleepAsync(TimeSpan.FromTicks(1));
        await Hubs.TrampolineAsync(ready, read: true, timeout: TimeSpan.Zero);
        Fds.Write(writer);
        await Hubs.TrampolineAsync(reader, read: true);
        await Hubs.TrampolineAsync(ready, read: true, timeout: TimeSpan.Zero);
    });

    [Fact]
    public void TimeOut_CountsOnTheHubsClock_AndNoneAndInfiniteNeverFire()
    {
        var clock = new FakeTimeProvider();
        (int reader, int writer) = Open.Pipe();
        int empty = Open.Eventfd();
        int empty2 = Open.Eventfd();
        PlainThread.Run(() =>
        {
            Hubs.UseHub(HubSelection.Choose(THub.HubName), new HubOptions { Clock = clock });
            using Hub hub = Hubs.GetHub();
            hub.Run(async () =>
            {
                GreenThread limited = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromSeconds(10)));
                GreenThread none = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(empty, read: true));
                GreenThread infinite = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(empty2, read: true, timeout: Timeout.InfiniteTimeSpan));
                await GreenThread.SleepAsync();
                clock.Advance(TimeSpan.FromSeconds(9.999));
                await Turns.PassAsync();
                Assert.False(limited.IsDead);
                clock.Advance(TimeSpan.FromSeconds(0.001));
                await Assert.ThrowsAsync<GreenTimeoutException>(async () => await limited);
                clock.Advance(TimeSpan.FromDays(400));
                await Turns.PassAsync();
                Assert.False(none.IsDead || infinite.IsDead);
                Fds.Write(empty);
                Fds.Write(empty2);
                await none;
                await infinite;
            });
        });
        GC.KeepAlive(writer);
    }

    [Fact]
    public void TimeOut_WithAFactory_ThrowsWhatItMakes_EachTimeAnew()
    {
        (int reader, _) = Open.Pipe();
        int made = 0;
        Func<Exception> factory = () => new FormatException($"{++made}");
        OnOwner(() => Assert.Equal("1", Assert.Throws<FormatException>(() => Hubs.Trampoline(reader, read: true, timeout: TimeSpan.Zero, timeoutException: factory)).Message));
        OnHub(async () => Assert.Equal("2", (await Assert.ThrowsAsync<FormatException>(
            async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.Zero, timeoutException: factory))).Message));
        int ready = Open.Eventfd(1);
        OnOwner(() => Hubs.Trampoline(ready, read: true, timeout: TimeSpan.Zero, timeoutException: factory));
        Assert.Equal(2, made);
    }

    [Fact]
    public void TimeOut_WhoseFactoryFails_EndsTheWaiterWithThatFailure_AndNobodyElse() => OnHub(async () =>
    {
        (int reader, _) = Open.Pipe();
        var unhandled = new List<Exception>();
        Hubs.GetHub().UnhandledException += unhandled.Add;
        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.Zero, timeoutException: () => throw new NotSupportedException()));
        var nothing = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.Zero, timeoutException: () => null!));
        Assert.Contains("timeoutException", nothing.Message, StringComparison.Ordinal);
        Assert.Empty(unhandled);
    });

    [Fact]
    public void TimedOutWait_LeavesNothing_AndTheNextWaitStartsAfresh() => OnHub(async () =>
    {
        (int reader, int writer) = Open.Pipe();
        for (int i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromTicks(i)));
        }

        Fds.Write(writer);
        await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.Zero);
        Assert.Equal(0, Hubs.GetHub().Statistics.Timers);
    });

    [Fact]
    public void WriteAfterATimedOutReader_DoesNotWakeTheWrongOne() => OnHub(async () =>
    {
        (int a, int b) = Open.SocketPair();
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(a, read: true, timeout: TimeSpan.Zero));
        (int other, _) = Open.Pipe();
        GreenThread sleeper = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(other, read: true));
        Fds.Write(b);
        await Hubs.TrampolineAsync(a, read: true);
        await Hubs.TrampolineAsync(a, write: true);
        await Turns.PassAsync();
        Assert.False(sleeper.IsDead);
        sleeper.Kill();
        await sleeper;
    });
}

public sealed class H23_TimeoutOnEpoll : H23_TimeoutTests<EpollHub>;

public sealed class H23_TimeoutOnIoUring : H23_TimeoutTests<IoUringHub>;

public sealed class H23_TimeoutOnPoll : H23_TimeoutTests<PollHub>;

public sealed class H23_TimeoutOnSelect : H23_TimeoutTests<SelectHub>;
