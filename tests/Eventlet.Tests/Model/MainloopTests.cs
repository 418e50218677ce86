using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>How MAINLOOP comes to run, moves and stays, on plain threads (rules 1 to 3 and 5 of the model).</summary>
public abstract class MainloopTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    [Fact]
    public void BlockingCall_RunsGreenThreadsHere_AndBetweenCallsNothingRuns() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        int steps = 0;
        Thread? on = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            while (true)
            {
                on = Thread.CurrentThread;
                Assert.True(hub.IsRunning && hub.IsCurrent);
                steps++;
                await GreenThread.SleepAsync();
            }
        });
        Assert.Equal(0, steps);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.True(steps > 0);
        Assert.Same(Thread.CurrentThread, on);
        int before = steps;
        long turns = hub.Statistics.Turns;
        Assert.False(hub.IsRunning);

        // Whatever a thread of the hub's own did, it would do here.
        PlainThread.Run(Thread.Yield);
        Thread.Sleep(5);
        Assert.Equal(before, steps);
        Assert.Equal(turns, hub.Statistics.Turns);
        GreenThread.Sleep();
        Assert.True(steps > before);
        green.Kill();
        green.Wait();
    });

    [Fact]
    public void BlockingCall_ReturnsWhenItsOwnConditionHolds_WhateverElseIsPending() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        GreenThread other = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Forever));
        GreenThread quick = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            Pipes.Write(writer);
        });
        Hubs.Trampoline(reader, read: true);
        quick.Wait();
        Assert.False(other.Wait(TimeSpan.FromMilliseconds(1)));
        Assert.False(other.IsDead);
    });

    [Fact]
    public void SpawnPostScheduleAdd_OnAPlainThread_StartNothing() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        Hub hub = Hubs.GetHub();
        int ran = 0;
        GreenThread.SpawnN(() => Task.FromResult(ran++));
        hub.Spawn(() => Task.FromResult(ran++));
        GreenThread.SpawnAfter(TimeSpan.Zero, () => Task.FromResult(ran++));
        hub.Post(() => ran++);
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => ran++);
        PlainThread.Run(() =>
        {
            // Nor from another plain thread.
            hub.Spawn(() => Task.FromResult(ran++));
            hub.Post(() => ran++);
        });
        Assert.False(hub.IsRunning);
        Assert.Equal(0, ran);
        Assert.Equal(0, hub.Statistics.Turns);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Equal(7, ran);
    });

    [Theory]
    [InlineData("await")]
    [InlineData("await value")]
    [InlineData("AsTask")]
    [InlineData("InvokeAsync")]
    [InlineData("Wait")]
    public void OfAnIdleHub_FromAnotherThread_LaunchesItInTheBackground(string how) => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        Thread? on = null;
        Task<int> Body()
        {
            on = Thread.CurrentThread;
            return Task.FromResult(7);
        }

        GreenThread<int> green = GreenThread.Spawn(Body);
        Assert.False(hub.IsRunning);
        PlainThread.Run(() =>
        {
            switch (how)
            {
                case "await": ((Func<Task>)(async () => await (GreenThread)green))().GetAwaiter().GetResult(); break;
                case "await value": Assert.Equal(7, ((Func<Task<int>>)(async () => await green))().GetAwaiter().GetResult()); break;
                case "AsTask": Assert.Equal(7, green.AsTask().GetAwaiter().GetResult()); break;
                case "InvokeAsync": Assert.Equal(7, hub.InvokeAsync(Body).GetAwaiter().GetResult()); break;
                case "Wait": Assert.Equal(7, green.Wait()); break;
                default: throw new ArgumentException(how);
            }
        });
        Assert.True(hub.IsRunning);
        Assert.False(hub.IsCurrent);
        Assert.False(on!.IsThreadPoolThread);
        Assert.Equal($"hub {THub.HubName}", on.Name);

        // It goes on, and the owner's calls wait for it.
        Assert.Same(on, hub.Run(() => Task.FromResult(Thread.CurrentThread)));
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.True(hub.IsRunning);
    });

    [Fact]
    public void Owner_SpawnsAndBlocks_WhileTheHubRunsInTheBackground() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        PlainThread.Run(() => hub.InvokeAsync(() => Task.CompletedTask).GetAwaiter().GetResult());
        GreenThread<bool> green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            Pipes.Write(writer);
            return hub.IsCurrent;
        });
        Assert.Same(hub, green.Hub);
        Hubs.Trampoline(reader, read: true);
        Assert.True(green.Wait());
        Assert.Throws<FormatException>(() => GreenThread.Spawn(() => Task.FromException(new FormatException())).Wait());
        Assert.Throws<GreenTimeoutException>(() => Hubs.Trampoline(pipes.Pipe().Reader, read: true, timeout: TimeSpan.Zero));

        // Its state is the hub thread's now.
        Assert.Throws<InvalidOperationException>(() => hub.Add(FdEvent.Read, reader, _ => { }));
        Assert.Throws<InvalidOperationException>(() => hub.ScheduleCallGlobal(TimeSpan.Zero, () => { }));
        Assert.Throws<InvalidOperationException>(() => hub.ScheduleCallLocal(TimeSpan.Zero, () => { }));
    });

    [Fact]
    public void Backend_IsMadeAnewOnTheMove_AndWhatIsPendingIsRegisteredAgain() => PlainThread.Run(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        (int reader2, int writer2) = pipes.Pipe();
        var factory = new WatchedFactory(THub.HubName);
        Hubs.UseHub(factory);
        using Hub hub = Hubs.GetHub();
        using var heard = new ManualResetEventSlim();
        FdListener? listener = null;
        listener = hub.Add(FdEvent.Read, reader2, _ =>
        {
            hub.Remove(listener!);
            heard.Set();
        });
        Thread? resumedOn = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await Hubs.TrampolineAsync(reader, read: true);
            resumedOn = Thread.CurrentThread;
        });
        GreenThread sleeping = GreenThread.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(2)));
        GreenThread.Sleep();
        Assert.Equal([Thread.CurrentThread], factory.MadeOn);
        Assert.Equal(2, hub.Statistics.Readers);

        Task moved = green.AsTask();
        Task slept = sleeping.AsTask();
        hub.InvokeAsync(() => Task.CompletedTask).GetAwaiter().GetResult();
        Assert.Equal(2, factory.MadeOn.Count);
        Assert.Equal(1, factory.Disposed);
        Pipes.Write(writer);
        Pipes.Write(writer2);
        moved.GetAwaiter().GetResult();
        slept.GetAwaiter().GetResult();
        heard.Wait();
        Assert.Same(factory.MadeOn[1], resumedOn);
        Assert.NotSame(Thread.CurrentThread, resumedOn);
        Assert.Equal(0, hub.Run(() => Task.FromResult(hub.Statistics.Readers)));
        hub.Dispose();
        Assert.Equal(2, factory.Disposed);
    });

    [Fact]
    public void Backend_ThatCannotBeMade_FailsTheCall_AndTheHubMayBeTriedAgain() => PlainThread.Run(() =>
    {
        bool broken = true;
        var factory = new WatchedFactory(THub.HubName)
        {
            Creating = () =>
            {
                if (broken)
                {
                    throw new IOException("out of descriptors");
                }
            },
        };
        Hubs.UseHub(factory);
        using Hub hub = Hubs.GetHub();
        Assert.Contains("out of descriptors", Assert.ThrowsAny<Exception>(() => GreenThread.Sleep()).Message, StringComparison.Ordinal);
        Assert.False(hub.IsRunning);
        Exception invoked = Assert.ThrowsAny<Exception>(() => hub.InvokeAsync(() => Task.CompletedTask).GetAwaiter().GetResult());
        Assert.Contains("out of descriptors", invoked.Message, StringComparison.Ordinal);
        broken = false;
        Assert.Equal(7, hub.Run(() => Task.FromResult(7)));
    });

    [Fact]
    public void BackgroundHub_WhoseOwnerHasEnded_RunsUntilNothingIsLeft()
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        (Hub hub, Task<int> waiting) = PlainThread.Run(() =>
        {
            Hubs.UseHub(THub.HubName);
            Hub hub = Hubs.GetHub();
            return (hub, hub.InvokeAsync(async () =>
            {
                await Hubs.TrampolineAsync(reader, read: true);
                await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
                return 7;
            }));
        });

        // A hub that is made looks for those whose owners have ended.
        PlainThread.Run(() => Hubs.GetHub().Dispose());
        Assert.True(hub.IsRunning);
        Pipes.Write(writer);
        Assert.Equal(7, waiting.GetAwaiter().GetResult());
        SpinWait.SpinUntil(() =>
        {
            PlainThread.Run(() => Hubs.GetHub().Dispose());
            return !hub.IsRunning;
        });
        Assert.Throws<HubException>(() => hub.Post(() => { }));
    }

    [Fact]
    public void Run_ByAStranger_IsRefused_AndNamesTheOtherForms() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        PlainThread.Run(() =>
        {
            string message = Assert.Throws<InvalidOperationException>(() => hub.Run(() => Task.CompletedTask)).Message;
            Assert.Contains("InvokeAsync", message, StringComparison.Ordinal);
            Assert.Contains("Hub.Start", message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => hub.ScheduleCallGlobal(TimeSpan.Zero, () => { }));
            Assert.Throws<InvalidOperationException>(() => hub.ScheduleCallLocal(TimeSpan.Zero, () => { }));
            Assert.Throws<InvalidOperationException>(() => hub.Add(FdEvent.Read, 0, _ => { }));
            Assert.Throws<InvalidOperationException>(() => Begin(hub.SwitchAsync()));
        });
        Assert.Throws<InvalidOperationException>(() => Begin(hub.SwitchAsync()));
        Assert.False(hub.IsRunning);
    });

    private static void Begin(ValueTask<object?> wait) => wait.AsTask();

    [Fact]
    public void Start_RunsOnAThreadOfItsOwn_UntilDisposed()
    {
        Hub hub = Hub.Start(THub.HubName, new HubOptions { ThreadName = "hub of mine" });
        Assert.Equal(THub.HubName, hub.Name);
        Assert.True(hub.IsRunning && !hub.IsCurrent);
        Thread thread = hub.InvokeAsync(() => Task.FromResult(Thread.CurrentThread)).GetAwaiter().GetResult();
        Assert.Equal("hub of mine", thread.Name);
        Assert.Same(thread, PlainThread.Run(() => hub.Run(() => Task.FromResult(Thread.CurrentThread))));
        hub.Dispose();
        Assert.False(hub.IsRunning);
        thread.Join();
    }
}

/// <summary>On epoll.</summary>
public sealed class MainloopOnEpoll : MainloopTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class MainloopOnIoUring : MainloopTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class MainloopOnPoll : MainloopTests<PollHub>;

/// <summary>On select.</summary>
public sealed class MainloopOnSelect : MainloopTests<SelectHub>;
