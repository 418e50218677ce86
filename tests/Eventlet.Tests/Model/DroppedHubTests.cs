using System.Net;
using Eventlet.Net;
using Eventlet.Tests.Support;
using Opened = Eventlet.Tests.Support.Descriptors;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>A hub that is dropped: nothing of it runs any more, and everything outside that waits for it is told.</summary>
public abstract class DroppedHubTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    [Fact]
    public void Dispose_WhatWaitsOutside_FailsNow_AndWhatComesLaterToo()
    {
        using var pipes = new Pipes();
        (int reader, _) = pipes.Pipe();
        Hub hub = Hub.Start(THub.HubName);
        int cleanUps = 0;
        GreenThread<int> green = hub.Spawn(async () =>
        {
            try
            {
                await Hubs.TrampolineAsync(reader, read: true);
            }
            finally
            {
                cleanUps++;
            }

            return 1;
        });
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Task invoked = hub.InvokeAsync(async () => await hub.SwitchAsync());
        Task accepting = hub.InvokeAsync(async () => await listener.AcceptAsync());
        Task task = green.AsTask();
        Task awaited = AwaitAsync(green);
        var waiting = PlainThread.Start(() => Record.Exception(() => green.Wait()));
        var waitingInTime = PlainThread.Start(() => Record.Exception(() => green.Wait(Forever)));
        Settle(hub, greenThreads: 3);
        hub.Dispose();

        Assert.All([invoked, accepting, task, awaited], failed =>
            Assert.Equal("hub disposed", Assert.IsType<HubException>(failed.ContinueWith(t => t.Exception!.InnerException, TaskScheduler.Default).GetAwaiter().GetResult()).Message));
        Assert.Equal("hub disposed", Assert.IsType<HubException>(waiting.Join()).Message);
        Assert.Equal("hub disposed", Assert.IsType<HubException>(waitingInTime.Join()).Message);
        Assert.Equal(0, cleanUps);
        Assert.True(green.IsDead);
        Assert.False(green.WasKilled);

        Assert.Throws<HubException>(() => hub.Spawn(() => Task.CompletedTask));
        Assert.Throws<HubException>(() => hub.Post(() => { }));
        Assert.Throws<HubException>(() => hub.InvokeAsync(() => Task.CompletedTask).GetAwaiter().GetResult());
        Assert.Throws<HubException>(() => green.Wait());
        PlainThread.Run(() => Assert.Throws<HubException>(() => hub.Run(() => Task.CompletedTask)));
        Assert.IsType<HubException>(Record.Exception(() => AwaitAsync(green).GetAwaiter().GetResult()));
        Assert.IsType<HubException>(Record.Exception(() => green.AsTask().GetAwaiter().GetResult()));
        green.Kill();
        hub.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dispose_WithWaitsUnderATokenThatLivesOn_LeavesNothingInTheToken(bool outside)
    {
        using var source = new CancellationTokenSource();
        WeakReference dropped = Drop(source.Token, outside);
        for (int i = 0; i < 100 && dropped.IsAlive; i++)
        {
            // What was of the thread that has just ended may be given up a moment later.
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(dropped.IsAlive);
        source.Cancel();

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Drop(CancellationToken token, bool outside) => PlainThread.Run(() =>
        {
            Hubs.UseHub(THub.HubName);
            Hub hub = Hubs.GetHub();
            Task? sleep = outside ? GreenThread.SleepAsync(Forever, token).AsTask() : null;
            hub.Spawn(async () => await GreenThread.SleepAsync(Forever, token));
            _ = hub.InvokeAsync(() => Task.CompletedTask);
            Settle(hub, greenThreads: 1);
            hub.Dispose();
            Assert.Equal(outside, sleep?.ContinueWith(failed => failed.IsFaulted, TaskScheduler.Default).GetAwaiter().GetResult() ?? false);
            return new WeakReference(hub);
        });
    }

    [Fact]
    public void Dispose_OnItsOwnThread_MarksAndReturns_AndRunsNothingAfterTheStep()
    {
        Hub hub = Hub.Start(THub.HubName);
        int after = 0;
        bool returned = false;
        Task invoked = hub.InvokeAsync(async () =>
        {
            GreenThread.SpawnN(() => Task.FromResult(after++));
            hub.Post(() => after++);
            hub.Dispose();
            returned = true;
            await GreenThread.SleepAsync();
            after++;
        });
        Assert.IsType<HubException>(Record.Exception(() => invoked.GetAwaiter().GetResult()));
        hub.Dispose();
        Assert.True(returned);
        Assert.Equal(0, after);
        Assert.False(hub.IsRunning);
    }

    [Fact]
    public void Dispose_ByAGreenThread_FailsTheBlockingCallAbove_AndGetHubMakesANewOne() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        GreenThread.SpawnN(() =>
        {
            hub.Dispose();
            return Task.CompletedTask;
        });
        Assert.Equal("hub disposed", Assert.Throws<HubException>(() => GreenThread.Sleep(Forever)).Message);
        using Hub next = Hubs.GetHub();
        Assert.NotSame(hub, next);
        Assert.Equal(THub.HubName, next.Name);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Same(next, Hubs.GetHub());
    });

    [Fact]
    public void Dispose_FromAnotherThread_JoinsTheHubThatRunsInPlace() => OnOwner(() =>
    {
        IReadOnlySet<Descriptor> before = Opened.OfKernelObjects();
        Hub hub = Hubs.GetHub();
        using var running = new ManualResetEventSlim();
        var disposer = PlainThread.Start(() =>
        {
            running.Wait();
            hub.Dispose();
            return (hub.IsRunning, Left: Opened.OfKernelObjects().Except(before).Any());
        });
        hub.Post(running.Set);
        Assert.Throws<HubException>(() => GreenThread.Sleep(Forever));
        Assert.Equal((false, false), disposer.Join());
    });

    [Fact]
    public void Dispose_InARaceWithBlockingCalls_EachCallReturnsOrFails()
    {
        for (int round = 0; round < 200; round++)
        {
            using var go = new Barrier(3);
            var hub = new TaskCompletionSource<Hub>(TaskCreationOptions.RunContinuationsAsynchronously);
            var owner = PlainThread.Start(() =>
            {
                Hubs.UseHub(THub.HubName);
                hub.SetResult(Hubs.GetHub());
                go.SignalAndWait();
                return Record.Exception(() =>
                {
                    for (int i = 0; i < 1000; i++)
                    {
                        hub.Task.Result.Run(async () => await GreenThread.SleepAsync());
                    }
                });
            });
            var foreign = PlainThread.Start(() =>
            {
                go.SignalAndWait();
                return Record.Exception(() =>
                {
                    for (int i = 0; i < 1000; i++)
                    {
                        hub.Task.Result.InvokeAsync(async () => await GreenThread.SleepAsync()).GetAwaiter().GetResult();
                    }
                });
            });
            Hub dropped = hub.Task.Result;
            go.SignalAndWait();
            dropped.Dispose();
            Assert.False(dropped.IsRunning);
            Assert.All([owner.Join(), foreign.Join()], error => Assert.True(error is null or HubException { Message: "hub disposed" }, error?.ToString()));
        }
    }

    [Fact]
    public void TwoHubs_ThatDisposeEachOther_DoNotDeadlock()
    {
        for (int round = 0; round < 100; round++)
        {
            Hub one = Hub.Start(THub.HubName), two = Hub.Start("poll");
            using var both = new Barrier(2);
            foreach ((Hub self, Hub other) in new[] { (one, two), (two, one) })
            {
                self.Post(() =>
                {
                    both.SignalAndWait();
                    other.Dispose();
                });
            }

            SpinWait.SpinUntil(() => !one.IsRunning && !two.IsRunning);
            one.Dispose();
            two.Dispose();
        }
    }

    [Fact]
    public void RingOfThreeHubs_ThatDisposeEachOther_DoesNotDeadlock()
    {
        for (int round = 0; round < 50; round++)
        {
            Hub[] ring = [Hub.Start(THub.HubName), Hub.Start(THub.HubName), Hub.Start(THub.HubName)];
            using var all = new Barrier(3);
            for (int i = 0; i < 3; i++)
            {
                Hub next = ring[(i + 1) % 3];
                ring[i].Post(() =>
                {
                    all.SignalAndWait();
                    next.Dispose();
                });
            }

            SpinWait.SpinUntil(() => !ring.Any(hub => hub.IsRunning));
            Assert.All(ring, hub => hub.Dispose());
        }
    }

    [Fact]
    public async Task DisposeAsync_KillsEveryGreenThread_LetsCleanUpRun_ThenDisposes()
    {
        Hub hub = Hub.Start(THub.HubName);
        var log = new List<string>();
        GreenThread first = hub.Spawn(async () =>
        {
            try
            {
                await GreenThread.SleepAsync(Forever);
            }
            finally
            {
                // Clean-up may wait.
                await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
                log.Add("first");
            }
        });
        GreenThread spawner = hub.Spawn(async () =>
        {
            try
            {
                await hub.SwitchAsync();
            }
            finally
            {
                // What clean-up spawns is killed, too.
                GreenThread.SpawnN(async () =>
                {
                    try
                    {
                        await GreenThread.SleepAsync(Forever);
                    }
                    finally
                    {
                        log.Add("spawned");
                    }
                });
                await GreenThread.SleepAsync();
                log.Add("spawner");
            }
        });
        Settle(hub, greenThreads: 2);
        await hub.DisposeAsync();
        log.Sort(StringComparer.Ordinal);
        Assert.Contains("first", log);
        Assert.Contains("spawner", log);
        Assert.True(first.IsDead && first.WasKilled && spawner.WasKilled);
        Assert.False(hub.IsRunning);
        Assert.Throws<HubException>(() => hub.Post(() => { }));
        await hub.DisposeAsync();
    }

    [Fact]
    public async Task DisposeAsync_AfterAnExceptionThatIsCaught_KillsAllTheSame()
    {
        Hub hub = Hub.Start(THub.HubName);
        var seen = new List<string>();
        GreenThread? thrown = null;
        GreenThread? killed = null;
        await hub.InvokeAsync(async () =>
        {
            thrown = GreenThread.Spawn(() => GoOnAsync("thrown", seen));
            killed = GreenThread.Spawn(() => GoOnAsync("killed", seen));
            await GreenThread.SleepAsync();
            killed.Kill(new InvalidOperationException("one that is survived"));
            await GreenThread.SleepAsync();
            await GreenThread.SleepAsync();

            // On its way when the hub asks it to end.
            thrown.Throw(new InvalidOperationException("one that is survived"));
            _ = hub.DisposeAsync().AsTask();
        });
        await hub.DisposeAsync();
        Assert.True(thrown!.IsDead && killed!.IsDead);
        Assert.Equal(["killed caught", "thrown caught", "killed ended", "thrown ended"], seen);
    }

    private static async Task GoOnAsync(string name, List<string> seen)
    {
        try
        {
            await GreenThread.SleepAsync(TimeSpan.FromDays(1));
        }
        catch (InvalidOperationException)
        {
            seen.Add(name + " caught");
        }

        try
        {
            await GreenThread.SleepAsync(TimeSpan.FromDays(1));
        }
        finally
        {
            seen.Add(name + " ended");
        }
    }

    [Fact]
    public void DisposeAsync_OfAnIdleHub_ByItsOwner_Works() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        bool cleaned = false;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            try
            {
                await GreenThread.SleepAsync(Forever);
            }
            finally
            {
                cleaned = true;
            }
        });
        GreenThread.Sleep();
        hub.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Assert.True(cleaned && green.WasKilled);
        Assert.Throws<HubException>(() => hub.Post(() => { }));
    });

    [Fact]
    public void DisposeAsync_ByItsOwnGreenThread_DoesNotKillTheCaller_AndDisposes()
    {
        Hub hub = Hub.Start(THub.HubName);
        GreenThread other = hub.Spawn(async () => await GreenThread.SleepAsync(Forever));
        bool cleanedUp = false;
        Task invoked = hub.InvokeAsync(async () =>
        {
            try
            {
                await hub.DisposeAsync();
            }
            finally
            {
                cleanedUp = true;
            }
        });
        Assert.IsType<HubException>(Record.Exception(() => invoked.GetAwaiter().GetResult()));
        hub.Dispose();
        Assert.False(cleanedUp);
        Assert.True(other.WasKilled);
    }

    [Fact]
    public void Socket_OfADroppedHub_FailsNow_AndWorksOnANewHubLater() => OnOwner(() =>
    {
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Hub hub = Hub.Start(THub.HubName);
        Task<GreenSocket> accepting = hub.InvokeAsync(async () => await listener.AcceptAsync());
        Settle(hub, greenThreads: 1);
        hub.Dispose();
        Assert.IsType<HubException>(Record.Exception(() => accepting.GetAwaiter().GetResult()));
        Hubs.GetHub().Run(async () =>
        {
            GreenThread<GreenSocket> server = GreenThread.Spawn(async () => await listener.AcceptAsync());
            using GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
            using GreenSocket connection = await server;
            await connection.SendAllAsync(new byte[] { 7 });
            byte[] buffer = new byte[1];
            Assert.Equal(1, await client.ReceiveAsync(buffer));
            Assert.Equal(7, buffer[0]);
        });
    });

    private static async Task AwaitAsync(GreenThread green) => await green;

    /// <summary>Until the greenthreads have begun to wait: what was in the inbox before has run when a second visit of it has.</summary>
    private static void Settle(Hub hub, int greenThreads)
    {
        for (int i = 0; i < 2; i++)
        {
            hub.InvokeAsync(async () => await GreenThread.SleepAsync()).GetAwaiter().GetResult();
        }

        Assert.Equal(greenThreads, hub.Statistics.GreenThreads);
    }
}

/// <summary>On epoll.</summary>
public sealed class DroppedHubOnEpoll : DroppedHubTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class DroppedHubOnIoUring : DroppedHubTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class DroppedHubOnPoll : DroppedHubTests<PollHub>;

/// <summary>On select.</summary>
public sealed class DroppedHubOnSelect : DroppedHubTests<SelectHub>;
