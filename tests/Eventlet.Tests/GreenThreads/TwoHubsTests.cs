using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Greenthreads of hubs of different kinds, on two threads, that wait for one another.</summary>
public abstract class TwoHubsTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    private static HubFactory OtherKind =>
        Hubs.Builtin.First(f => f.Name != THub.HubName && f.Name is "epoll" or "poll" or "select" && f.IsAvailable(out _));

    [Fact]
    public void Greenthreads_OfTwoKinds_WaitForOneAnother() => OnMain(() =>
    {
        const int Rounds = 300;
        using Hub other = Hub.Start(OtherKind);
        Hub mine = Hubs.GetHub();
        Assert.NotEqual(mine.Name, other.Name);
        mine.Run(async () =>
        {
            int sum = 0;
            int here = Environment.CurrentManagedThreadId;
            for (int i = 0; i < Rounds; i++)
            {
                int round = i;
                GreenThread<int> there = other.Spawn(async () =>
                {
                    Assert.True(other.IsCurrent);
                    GreenThread<int> back = mine.Spawn(async () =>
                    {
                        Assert.True(mine.IsCurrent);
                        await GreenThread.SleepAsync();
                        return round;
                    });
                    int value = await back;
                    Assert.True(other.IsCurrent);
                    return value;
                });
                sum += await there;
                Assert.Equal(here, Environment.CurrentManagedThreadId);
            }

            Assert.Equal(Rounds * (Rounds - 1) / 2, sum);
        });
    });

    [Fact]
    public void Join_AcrossHubs_OutlivesTheBlockingCallThatRanTheOtherInPlace() => OnMain(() =>
    {
        using Hub other = Hub.Start(OtherKind);
        using Hub mine = Hubs.GetHub();
        GreenThread sleeper = mine.Spawn(async () => await mine.SwitchAsync());
        Task joined = Task.CompletedTask;
        mine.Run(async () =>
        {
            joined = other.InvokeAsync(async () => await sleeper);

            // Until the join has arrived here: its thread adds itself to those for whom the loop must go on.
            while (!mine.Outsiders.AnyNeedsLoop)
            {
                await GreenThread.SleepAsync();
            }
        });

        // Nobody blocks on it any more, yet it goes on: in the background, for the other hub's sake.
        sleeper.Switch();
        joined.GetAwaiter().GetResult();
    });

    [Fact]
    public void Join_AcrossHubs_OfAHubThatIsDropped_HoldsTheOtherNoLonger() => OnMain(() =>
    {
        Hub other = Hub.Start(OtherKind);
        using Hub mine = Hubs.GetHub();
        GreenThread sleeper = mine.Spawn(async () => await mine.SwitchAsync());
        GreenThread<int> second = mine.Spawn(async () => (int)(await mine.SwitchAsync())!);
        mine.Run(async () =>
        {
            _ = other.Spawn(async () => await sleeper);
            _ = other.Spawn(async () => await second);

            // What is spawned later comes behind: when that has run, both have joined.
            await other.InvokeAsync(() => Task.CompletedTask);
            Assert.True(mine.Outsiders.AnyNeedsLoop);
            other.Dispose();
        });
        Assert.False(mine.Outsiders.AnyNeedsLoop);
        Assert.False(mine.IsRunning);
        sleeper.Switch();
        second.Switch(1);
        sleeper.Wait();
        Assert.Equal(1, second.Wait());
    });

    [Fact]
    public void PingPong_BySwitchAcrossHubs_LosesNoWakeUp() => OnMain(() =>
    {
        const int Rounds = 2_000;
        using Hub other = Hub.Start(OtherKind);
        Hub mine = Hubs.GetHub();
        mine.Run(async () =>
        {
            GreenThread ping = GreenThread.Current!;
            GreenThread pong = null!;
            pong = other.Spawn(async () =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    ping.Switch(i);
                    Assert.Equal(i, await other.SwitchAsync());
                }
            });
            for (int i = 0; i < Rounds; i++)
            {
                Assert.Equal(i, await mine.SwitchAsync());
                pong.Switch(i);
            }

            await pong;
        });
    });

    [Fact]
    public void Kill_AcrossHubs_EndsTheOther_AndItsWaitersHere() => OnMain(() =>
    {
        using Hub other = Hub.Start(OtherKind);
        Hubs.GetHub().Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                GreenThread there = other.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
                GreenThread waiter = GreenThread.Spawn(async () => await there);
                if (i % 2 == 0)
                {
                    await GreenThread.SleepAsync();
                }

                there.Kill();
                await waiter;
                Assert.True(there.WasKilled);
                Assert.False(waiter.WasKilled);
            }
        });
    });

    [Fact]
    public void Interruption_OfAWaitForAnotherHubsGreenthread_RacesWithItsEnd() => OnMain(() =>
    {
        using Hub other = Hub.Start(OtherKind);
        Hubs.GetHub().Run(async () =>
        {
            int killed = 0;
            int ended = 0;
            for (int i = 0; i < 500; i++)
            {
                GreenThread<int> there = other.Spawn(() => Task.FromResult(1));
                GreenThread<int> waiter = GreenThread.Spawn(async () => await there);
                await GreenThread.SleepAsync();
                waiter.Kill();
                if (await ErrorOf(async () => await waiter) is null)
                {
                    ended++;
                }
                else
                {
                    killed++;
                }
            }

            Assert.Equal(500, killed + ended);
        });
    });

    [Fact]
    public void PlainThreads_OfDifferentKinds_ShareNothing() => OnMain(() =>
    {
        Hub mine = Hubs.GetHub();
        GreenThread here = GreenThread.Spawn(async () => await mine.SwitchAsync());
        GreenThread.Sleep();
        PlainThread.Run(() =>
        {
            Hubs.UseHub(OtherKind);
            using Hub other = Hubs.GetHub();
            Assert.NotSame(mine, other);
            int counted = 0;
            GreenThread there = GreenThread.Spawn(async () =>
            {
                await GreenThread.SleepAsync();
                counted++;
            });
            there.Wait();
            Assert.Equal(1, counted);
            Assert.False(mine.IsRunning);
        });
        here.Switch();
        Assert.False(here.IsDead);
        here.Wait();
    });
}

public sealed class TwoHubsOnEpoll : TwoHubsTests<EpollHub>;
public sealed class TwoHubsOnIoUring : TwoHubsTests<IoUringHub>;
public sealed class TwoHubsOnPoll : TwoHubsTests<PollHub>;
public sealed class TwoHubsOnSelect : TwoHubsTests<SelectHub>;
