using System.Diagnostics;
using System.Net;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Threads;

/// <summary>Threads that make a hub, use it and end, and what an owner may do whose loop has moved.</summary>
public abstract class ManyHubsTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void TwoHundredThreads_ThatEachUseAHubAndEnd_LeaveNothing()
    {
        const int Count = 200;
        int registered = Registered();
        IReadOnlySet<Descriptor> descriptors = Support.Descriptors.OfKernelObjects();
        UseHubs(Count);

        // Three in four have not disposed theirs: the collector finds them, or the next hub that is made.
        var clock = Stopwatch.StartNew();
        while ((Registered() > registered || Support.Descriptors.OfKernelObjects().Except(descriptors).Any()) && clock.Elapsed < Patience)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(registered, Registered());
        Assert.Empty(Support.Descriptors.OfKernelObjects().Except(descriptors));
    }

    [Fact]
    public void UseHub_WhereTheLoopHasMoved_StopsAndJoinsIt_AndNothingOfItRunsAgain() => OnOwner(() =>
    {
        for (int i = 0; i < 50; i++)
        {
            Hub hub = Hubs.GetHub();
            int late = 0;
            GreenThread forever = hub.Spawn(async () =>
            {
                while (true)
                {
                    await GreenThread.SleepAsync();
                    Volatile.Write(ref late, late + 1);
                }
            });
            Task outside = GreenThread.SleepAsync(Timeout.InfiniteTimeSpan).AsTask();
            Task joining = forever.AsTask();
            Assert.True(hub.IsRunning && !hub.IsCurrent);
            SpinWait.SpinUntil(() => Volatile.Read(ref late) > 0);
            Hubs.UseHub(THub.HubName);
            int ran = Volatile.Read(ref late);
            Assert.False(hub.IsRunning);
            Assert.True(forever.IsDead);
            foreach (Task failed in (Task[])[outside, joining])
            {
                Assert.Equal("hub disposed", Assert.Throws<HubException>(() => failed.GetAwaiter().GetResult()).Message);
            }

            Assert.NotSame(hub, Hubs.GetHub());
            GreenThread.Sleep(TimeSpan.FromMilliseconds(0.1));
            Assert.Equal(ran, late);
        }

        Hubs.GetHub().Dispose();
    });

    [Fact]
    public void UseHub_WhereTheLoopHasMoved_RacesWithThoseWhoUseIt_AndEachIsTold() => OnOwner(() =>
    {
        for (int i = 0; i < 200; i++)
        {
            Hub hub = Hubs.GetHub();
            Task outside = GreenThread.SleepAsync(Timeout.InfiniteTimeSpan).AsTask();
            using var start = new Barrier(3);
            PlainThread.Started<HubException>[] users = [.. Enumerable.Range(0, 2).Select(user => PlainThread.Start(() =>
            {
                start.SignalAndWait();
                return Assert.Throws<HubException>(() => UseForEver(hub, user == 0));
            }))];
            start.SignalAndWait();
            Thread.SpinWait(i * 20);
            Hubs.UseHub(THub.HubName);
            Assert.All(users, user => Assert.Equal("hub disposed", user.Join().Message));
            Assert.Throws<HubException>(() => outside.GetAwaiter().GetResult());
        }

        Hubs.GetHub().Dispose();
    });

    private static void UseForEver(Hub hub, bool invoke)
    {
        while (true)
        {
            hub.Post(() => { });
            (invoke ? hub.InvokeAsync(async () => await GreenThread.SleepAsync()) : hub.Spawn(() => Task.CompletedTask).AsTask()).GetAwaiter().GetResult();
        }
    }

    private static int Registered() => HubRegistry.Snapshot().Count;

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void UseHubs(int count)
    {
        PlainThread.Started<bool>[] threads = [.. Enumerable.Range(0, count).Select(number => PlainThread.Start(() => Use(number)))];
        Assert.All(threads, thread => Assert.True(thread.Join()));
    }

    /// <summary>Uses everything that opens or registers something; every fourth disposes its hub, every fourth has had it moved to the background.</summary>
    private static bool Use(int number)
    {
        Hubs.UseHub(THub.HubName);
        Hub hub = Hubs.GetHub();
        bool fired = false;
        hub.ScheduleCallGlobal(TimeSpan.FromMilliseconds(1), () => fired = true);
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using GreenSocket client = GreenNet.Connect(listener.LocalEndPoint!);
        using GreenSocket server = listener.Accept();
        GreenThread<int> receiving = GreenThread.Spawn(async () =>
        {
            byte[] one = new byte[1];
            Assert.Equal(1, await server.ReceiveAsync(one));
            return (int)one[0];
        });
        client.SendAll([(byte)number]);
        Assert.Equal((byte)number, receiving.Wait());
        server.SendAll([1]);
        Hubs.Trampoline(client.SafeHandle, read: true);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.True(fired);
        switch (number % 4)
        {
            case 0:
                hub.Dispose();
                break;
            case 1:
                // Goes to the background, and ends there when nothing is left in it and its owner is gone.
                GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1)).AsTask().GetAwaiter().GetResult();
                Assert.True(hub.IsRunning);
                break;
            default:
                // With something pending: nobody will ever run it.
                hub.ScheduleCallGlobal(TimeSpan.FromHours(1), () => { });
                GreenThread.SpawnN(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
                GreenThread.Sleep();
                break;
        }

        return true;
    }
}

/// <summary>On epoll.</summary>
public sealed class ManyHubsOnEpoll : ManyHubsTests<EpollHub>;

/// <summary>On epoll.</summary>
public sealed class ManyHubsOnIoUring : ManyHubsTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class ManyHubsOnPoll : ManyHubsTests<PollHub>;

/// <summary>On select.</summary>
public sealed class ManyHubsOnSelect : ManyHubsTests<SelectHub>;
