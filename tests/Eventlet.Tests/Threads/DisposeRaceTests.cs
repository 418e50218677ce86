using Eventlet.Tests.Support;

namespace Eventlet.Tests.Threads;

/// <summary>
/// A hub that is dropped while others use it in every way: each of their calls returns or fails clearly, none hangs, and nothing is left. Seeded; the
/// schedule is the system's.
/// </summary>
public abstract class DisposeRaceTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int LongLimit = 1_800_000;

    [Fact]
    public void DroppedHub_WhileOthersUseIt_LeavesNoCallHanging() => Race(1_000, TimeSpan.FromSeconds(50));

    [Fact(Explicit = true, Timeout = LongLimit)]
    public void DroppedHub_WhileOthersUseIt_ManyTimes_LeavesNoCallHanging()
    {
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        Race(30_000, TimeSpan.FromMilliseconds(LongLimit));
    }

    /// <summary>Each one's greenthread is killed by the other's end while it waits for that.</summary>
    [Fact]
    public void TwoHubs_ThatEndEachOtherGently_BothEnd()
    {
        for (int i = 0; i < 200; i++)
        {
            Hub one = Hub.Start(THub.HubName);
            Hub other = Hub.Start(THub.HubName);
            Task[] ends = [one.InvokeAsync(() => EndAsync(other)), other.InvokeAsync(() => EndAsync(one))];
            foreach (Task end in ends)
            {
                Exception? error = end.ContinueWith(ended => ended.Exception?.InnerException, TaskScheduler.Default).GetAwaiter().GetResult();
                Assert.True(error is null or HubException or GreenletExit, error?.ToString());
            }

            one.Dispose();
            other.Dispose();
        }

        static async Task EndAsync(Hub hub)
        {
            await GreenThread.SleepAsync();
            await hub.DisposeAsync();
        }
    }

    [Fact]
    public void DisposeAsync_ByAGreenthreadThatIsKilledMeanwhile_DropsTheHub() => OnHub(async () =>
    {
        Hub other = Hub.Start(THub.HubName);
        using var killed = new ManualResetEventSlim();
        GreenThread stubborn = other.Spawn(async () =>
        {
            while (true)
            {
                try
                {
                    await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
                }
                catch (GreenletExit)
                {
                    killed.Set();
                }
            }
        });
        await other.InvokeAsync(() => Task.CompletedTask);
        GreenThread ending = GreenThread.Spawn(() => other.DisposeAsync().AsTask());
        while (!killed.IsSet)
        {
            await GreenThread.SleepAsync();
        }

        ending.Kill();
        await ending;
        Assert.True(other.IsDisposed && stubborn.IsDead);
    });

    private static void Race(int rounds, TimeSpan limit)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED"), out int given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"EVENTLET_TEST_SEED={seed}");
        int registered = HubRegistry.Snapshot().Count;
        using (var race = new DisposeRace(THub.HubName, seed, rounds))
        {
            race.Run(limit);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(registered, HubRegistry.Snapshot().Count);
    }
}

/// <summary>On epoll.</summary>
public sealed class DisposeRaceOnEpoll : DisposeRaceTests<EpollHub>;

/// <summary>On epoll.</summary>
public sealed class DisposeRaceOnIoUring : DisposeRaceTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class DisposeRaceOnPoll : DisposeRaceTests<PollHub>;

/// <summary>On select.</summary>
public sealed class DisposeRaceOnSelect : DisposeRaceTests<SelectHub>;
