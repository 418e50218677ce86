using Eventlet.Tests.Support;

namespace Eventlet.Tests.Model;

/// <summary>Abort ends MAINLOOP; the blocking call or Run above it is cancelled, and everything goes on with the next.</summary>
public abstract class AbortTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    [Fact]
    public void Abort_ByAGreenThread_CancelsTheCallAbove_AndTheRestGoesOnWithTheNext() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var log = new List<string>();
        GreenThread aborter = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            hub.ScheduleCallGlobal(TimeSpan.Zero, () => log.Add("timer"));
            GreenThread.SpawnN(() =>
            {
                log.Add("behind");
                return Task.CompletedTask;
            });
            hub.Abort();
            hub.Abort();
            log.Add("to the end of the step");
            await GreenThread.SleepAsync();
            log.Add("later");
        });
        Assert.ThrowsAny<OperationCanceledException>(() => GreenThread.Sleep(Forever));
        Assert.Equal(["to the end of the step"], log);
        Assert.False(hub.IsRunning);
        aborter.Wait();
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["to the end of the step", "behind", "later", "timer"], log);
    });

    [Fact]
    public void Abort_OfABlockingWait_LeavesNothingOfItBehind() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        using var reader = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In);
        using var writer = new System.IO.Pipes.AnonymousPipeClientStream(System.IO.Pipes.PipeDirection.Out, reader.ClientSafePipeHandle);
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => hub.Abort());
        Assert.ThrowsAny<OperationCanceledException>(() => Hubs.Trampoline(reader.SafePipeHandle, read: true, timeout: Forever));
        writer.WriteByte(1);
        Hubs.Trampoline(reader.SafePipeHandle, read: true);
        Assert.Equal((0, 0), (hub.Statistics.Readers, hub.Statistics.Timers));
    });

    [Fact]
    public void Abort_ByACallback_CancelsRun() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => hub.Abort());
        bool ended = false;
        Assert.ThrowsAny<OperationCanceledException>(() => hub.Run(async () =>
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(2));
            ended = true;
        }));
        Assert.False(ended);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(10));
        Assert.True(ended);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Abort_OfAnIdleHub_ReturnsAtOnce_AndCancelsNothingLater(bool wait) => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        hub.Abort(wait);
        GreenThread.Sleep();
        hub.Abort(wait);
        PlainThread.Run(() => hub.Abort(wait));
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Equal(7, hub.Run(() => Task.FromResult(7)));
        hub.Dispose();
        hub.Abort(wait);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Abort_FromAnotherThread_WakesTheSleepingHub(bool wait) => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        using var running = new ManualResetEventSlim();
        hub.Post(running.Set);
        var aborter = PlainThread.Start(() =>
        {
            running.Wait();
            hub.Abort(wait);
            return wait && hub.IsRunning;
        });
        Assert.ThrowsAny<OperationCanceledException>(() => GreenThread.Sleep(Forever));
        Assert.False(aborter.Join());
        GreenThread.Sleep();
    });

    [Fact]
    public void Abort_OfAHubInTheBackground_CancelsWhoWaitsOutside_AndItRunsAgain() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        using var running = new ManualResetEventSlim();
        bool resumed = false;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            running.Set();
            await hub.SwitchAsync();
            resumed = true;
        });
        Task outside = ((Func<Task>)(async () => await green))();
        running.Wait();
        hub.Abort(wait: true);
        Assert.False(hub.IsRunning);
        Assert.IsAssignableFrom<OperationCanceledException>(Record.Exception(() => outside.GetAwaiter().GetResult()));
        Assert.False(green.IsDead);
        green.Switch();
        green.Wait();
        Assert.True(resumed);
    });

    [Fact]
    public void Abort_InARaceWithShortCalls_NeverCancelsALaterOne()
    {
        for (int round = 0; round < 50; round++)
        {
            OnOwner(() =>
            {
                Hub hub = Hubs.GetHub();
                bool stop = false;
                var aborter = PlainThread.Start(() =>
                {
                    while (!Volatile.Read(ref stop))
                    {
                        hub.Abort();
                    }

                    return true;
                });
                for (int i = 0; i < 100; i++)
                {
                    _ = Record.Exception(() => GreenThread.Sleep());
                }

                Volatile.Write(ref stop, true);
                aborter.Join();
                GreenThread.Sleep();
            });
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class AbortOnEpoll : AbortTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class AbortOnIoUring : AbortTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class AbortOnPoll : AbortTests<PollHub>;

/// <summary>On select.</summary>
public sealed class AbortOnSelect : AbortTests<SelectHub>;
