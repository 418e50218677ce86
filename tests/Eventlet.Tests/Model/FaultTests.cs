using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>A backend whose waiting fails for good: every waiter gets that fault, their clean-up runs, and the hub ends.</summary>
public abstract class FaultTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    /// <summary>More than a waiter that swallows every error can be given; below, it has ended by itself.</summary>
    private const int Endless = 1_000_000;

    private static WatchedFactory Factory() => new(THub.HubName);

    private static void Break(WatchedFactory factory) => factory.Waiting = static _ => throw new IOException("waiting is broken");

    private static void AssertFault(Exception? error)
    {
        HubException fault = Assert.IsType<HubException>(error);
        Assert.Contains("waiting is broken", fault.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(fault.InnerException);
    }

    [Fact]
    public void Fault_ReachesEveryKindOfWaiter_AndTheHubEnds() => PlainThread.Run(() =>
    {
        using var pipes = new Pipes();
        int[] fds = [pipes.Pipe().Item1, pipes.Pipe().Item1, pipes.Pipe().Item1, pipes.Pipe().Item1];
        using TestListener listener = TestListener.Make();
        WatchedFactory factory = Factory();
        using Hub hub = Hub.Start(factory);
        var errors = new Dictionary<string, Exception?>();
        async Task Waiting(string name, Func<Task> wait)
        {
            errors[name] = null;
            try
            {
                await wait();
            }
            catch (Exception error)
            {
                errors[name] = error;
            }
        }

        Exception? thrownBack = null;
        hub.InvokeAsync(async () =>
        {
            GreenThread sleeper = hub.Spawn(async () => await GreenThread.SleepAsync(Forever));
            _ = hub.Spawn(() => Waiting("sleep", async () => await GreenThread.SleepAsync(Forever)));
            _ = hub.Spawn(() => Waiting("trampoline", async () => await Hubs.TrampolineAsync(fds[0], read: true)));
            _ = hub.Spawn(() => Waiting("limited", async () => await Hubs.TrampolineAsync(fds[1], read: true, timeout: Forever)));
            _ = hub.Spawn(() => Waiting("accept", async () => await listener.Socket.AcceptAsync()));
            _ = hub.Spawn(() => Waiting("switch", async () => await hub.SwitchAsync()));
            _ = hub.Spawn(() => Waiting("join", async () => await sleeper));
            hub.Add(FdEvent.Read, fds[2], _ => { }, error => thrownBack = error);
            await GreenThread.SleepAsync();
            await GreenThread.SleepAsync();
        }).GetAwaiter().GetResult();
        Task invoked = hub.InvokeAsync(async () => await GreenThread.SleepAsync(Forever));
        GreenThread joined = hub.Spawn(async () => await GreenThread.SleepAsync(Forever));
        var blocked = PlainThread.Start(() => Record.Exception(() => joined.Wait()));
        hub.Post(() => Break(factory));

        AssertFault(Record.Exception(() => invoked.GetAwaiter().GetResult()));
        AssertFault(blocked.Join());
        hub.Dispose();
        Assert.All(errors, static waiter => AssertFault(waiter.Value));
        Assert.Equal(6, errors.Count);
        AssertFault(thrownBack);
        Assert.Throws<HubException>(() => hub.Post(() => { }));
        Assert.Equal(1, factory.Disposed);
        Assert.Equal(0, hub.Statistics.Readers);
    });

    [Fact]
    public void Fault_UnderABlockingCall_IsThrownFromIt_AndTheThreadGetsANewHub() => PlainThread.Run(() =>
    {
        WatchedFactory factory = Factory();
        Hubs.UseHub(factory);
        Hub hub = Hubs.GetHub();
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Forever));
        GreenThread.Sleep();
        Break(factory);
        AssertFault(Record.Exception(() => GreenThread.Sleep(Forever)));
        AssertFault(Record.Exception(() => green.Wait()));
        Assert.NotSame(hub, Hubs.GetHub());
    });

    [Fact]
    public void Fault_LetsCleanUpRun_WhoseOwnWaitsFailToo() => PlainThread.Run(() =>
    {
        WatchedFactory factory = Factory();
        using Hub hub = Hub.Start(factory);
        Exception? inCleanUp = null;
        Task body = hub.InvokeAsync(async () =>
        {
            hub.Post(() => Break(factory));
            try
            {
                await GreenThread.SleepAsync(Forever);
            }
            finally
            {
                inCleanUp = await Record.ExceptionAsync(async () => await GreenThread.SleepAsync());
            }
        });
        AssertFault(Record.Exception(() => body.GetAwaiter().GetResult()));
        AssertFault(inCleanUp);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public void Fault_OfALoopThatSwallowsEveryError_EndsTheHubAllTheSame(int milliseconds) => PlainThread.Run(() =>
    {
        WatchedFactory factory = Factory();
        using Hub hub = Hub.Start(factory);
        int rounds = 0;
        Task body = hub.InvokeAsync(async () =>
        {
            hub.Post(() => Break(factory));
            while (rounds < Endless)
            {
                rounds++;
                try
                {
                    await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(milliseconds));
                }
                catch (HubException)
                {
                    // As servers do that log an error and go on.
                }
            }
        });
        AssertFault(Record.Exception(() => body.GetAwaiter().GetResult()));
        hub.Dispose();
        Assert.NotEqual(Endless, rounds);
    });

    [Fact]
    public void BackendThatCannotBeMade_FailsEveryOutsider_HoweverTheyMeetTheFailure() => PlainThread.Run(() =>
    {
        const int Rounds = 400;
        WatchedFactory factory = Factory();
        factory.Creating = static () => throw new IOException("out of descriptors");
        Hubs.UseHub(factory);
        using Hub hub = Hubs.GetHub();
        int Ask()
        {
            int failed = 0;
            for (int i = 0; i < Rounds; i++)
            {
                failed += Record.Exception(() => hub.InvokeAsync(() => Task.CompletedTask).GetAwaiter().GetResult()) is HubException ? 1 : 0;
            }

            return failed;
        }

        PlainThread.Started<int>[] others = [PlainThread.Start(Ask), PlainThread.Start(Ask)];
        int blocked = 0;
        for (int i = 0; i < Rounds; i++)
        {
            blocked += Record.Exception(() => GreenThread.Sleep()) is null ? 0 : 1;
        }

        Assert.All(others, static other => Assert.Equal(Rounds, other.Join()));
        Assert.Equal(Rounds, blocked);
        factory.Creating = null;
        Assert.Equal(7, hub.InvokeAsync(() => Task.FromResult(7)).GetAwaiter().GetResult());
    });
}

/// <summary>On epoll.</summary>
public sealed class FaultTestsOnEpoll : FaultTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class FaultTestsOnIoUring : FaultTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class FaultTestsOnPoll : FaultTests<PollHub>;

/// <summary>On select.</summary>
public sealed class FaultTestsOnSelect : FaultTests<SelectHub>;
