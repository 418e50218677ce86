using Eventlet.Testing;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Conformance;

/// <summary>The clock of Eventlet.Testing that jumps when everything waits, on every hub.</summary>
public abstract class JumpingClockTests<THub> : HubTests<THub> where THub : IHubFixture
{
    private readonly JumpingClock _clock = new();

    private static HubFactory Factory => Hubs.Builtin.Single(factory => factory.Name == THub.HubName);

    [Fact]
    public void Sleep_OfDays_TakesNoTimeAndKeepsTheOrder()
    {
        List<string> log = [];
        _clock.Run(async () =>
        {
            await Task.WhenAll(SleepAsync(3), SleepAsync(1), SleepAsync(2));
            log.Add("all");
        }, Factory);
        Assert.Equal(["1", "2", "3", "all"], log);
        Assert.Equal(TimeSpan.FromDays(3), _clock.Elapsed);

        async Task SleepAsync(int days)
        {
            await GreenThread.SleepAsync(TimeSpan.FromDays(days));
            log.Add($"{days}");
        }
    }

    [Fact]
    public void Timeout_BesideAnEvent_LosesToIt()
    {
        using var fds = new Backends.Descriptors();
        (int reader, int writer) = fds.Pipe();
        _clock.Run(async () =>
        {
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromHours(1)));
            Assert.Equal(TimeSpan.FromHours(1), _clock.Elapsed);
            Backends.Descriptors.Write(writer);
            await Hubs.TrampolineAsync(reader, read: true, timeout: TimeSpan.FromHours(1));
            Assert.Equal(TimeSpan.FromHours(1), _clock.Elapsed);
        }, Factory);
    }

    [Fact]
    public void Yielders_WhoAreNeverBlocked_KeepTheClockStill() => _clock.Run(async () =>
    {
        GreenThread sleeper = GreenThread.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromSeconds(1)));
        await Turns.PassAsync(20);
        Assert.False(sleeper.IsDead);
        Assert.Equal(TimeSpan.Zero, _clock.Elapsed);
        await sleeper;
        Assert.Equal(TimeSpan.FromSeconds(1), _clock.Elapsed);
    }, Factory);

    [Fact]
    public void Factory_OfAnotherClock_IsRefused()
    {
        var error = Assert.Throws<InvalidOperationException>(() => _clock.For(Factory).Create(new HubOptions()));
        Assert.Contains("HubOptions.Clock", error.Message, StringComparison.Ordinal);
    }
}

public sealed class JumpingClockOnEpoll : JumpingClockTests<EpollHub>;

public sealed class JumpingClockOnIoUring : JumpingClockTests<IoUringHub>;

public sealed class JumpingClockOnPoll : JumpingClockTests<PollHub>;

public sealed class JumpingClockOnSelect : JumpingClockTests<SelectHub>;
