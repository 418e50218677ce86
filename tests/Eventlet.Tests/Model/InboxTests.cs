using Eventlet.Tests.Support;

namespace Eventlet.Tests.Model;

/// <summary>Other threads reach a hub through its inbox: each poster's order is kept, and a sleeping hub is woken.</summary>
public abstract class InboxTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Posts_OfSeveralThreads_KeepEachOnesOrder()
    {
        const int Posters = 4, Posts = 5000;
        using Hub hub = Hub.Start(THub.HubName);
        var seen = new List<int>[Posters];
        using var all = new CountdownEvent(Posters * Posts);
        var threads = Enumerable.Range(0, Posters).Select(poster =>
        {
            seen[poster] = [];
            return PlainThread.Start(() =>
            {
                for (int i = 0; i < Posts; i++)
                {
                    int number = i;
                    if (i % 3 == 0)
                    {
                        hub.Spawn(() =>
                        {
                            seen[poster].Add(number);
                            all.Signal();
                            return Task.CompletedTask;
                        });
                        continue;
                    }

                    hub.Post(() =>
                    {
                        seen[poster].Add(number);
                        all.Signal();
                    });
                }

                return true;
            });
        }).ToArray();
        Assert.All(threads, thread => Assert.True(thread.Join()));
        all.Wait();
        Assert.All(seen, one => Assert.Equal(Enumerable.Range(0, Posts), one));
    }

    [Fact]
    public void Post_ToAHubThatSleepsOnAFarTimer_WakesItEachTime()
    {
        using Hub hub = Hub.Start(THub.HubName);
        hub.Post(() => hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { }));
        using var ran = new AutoResetEvent(false);
        for (int i = 0; i < 5000; i++)
        {
            // A lost wake-up would be waited for until the time limit of the test.
            hub.Post(() => ran.Set());
            ran.WaitOne();
        }
    }

    [Fact]
    public void Posts_FromSeveralThreadsAtOnce_NeverLoseTheWakeUp()
    {
        using Hub hub = Hub.Start(THub.HubName);
        PlainThread.Started<bool>[] threads = [.. Enumerable.Range(0, 3).Select(_ => PlainThread.Start(() =>
        {
            using var ran = new AutoResetEvent(false);
            for (int i = 0; i < 2000; i++)
            {
                hub.Post(() => ran.Set());
                ran.WaitOne();
            }

            return true;
        }))];
        Assert.All(threads, thread => Assert.True(thread.Join()));
    }

    [Fact]
    public void Calls_OfTheOwnerOutsideMainloop_TakeEffectInOrderInTheNextTurn() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var log = new List<string>();
        hub.Post(() => log.Add("post"));
        GreenThread.SpawnN(() =>
        {
            log.Add("spawn");
            return Task.CompletedTask;
        });
        hub.Post(() => log.Add("post again"));
        Assert.Empty(log);
        GreenThread.Sleep();
        Assert.Equal(["post", "spawn", "post again"], log);
    });

    [Fact]
    public void KillThrowSwitch_OfAnotherThread_WakeTheHub()
    {
        using Hub hub = Hub.Start(THub.HubName);
        for (int i = 0; i < 200; i++)
        {
            using var waiting = new ManualResetEventSlim();
            GreenThread<string?> green = hub.Spawn(async () =>
            {
                waiting.Set();
                try
                {
                    return (string?)await hub.SwitchAsync();
                }
                catch (FormatException)
                {
                    return "thrown";
                }
                catch (GreenletExit)
                {
                    return "killed";
                }
            });
            waiting.Wait();

            // What is posted now comes behind the greenthread's step, so it is in its wait.
            hub.InvokeAsync(() => Task.CompletedTask).GetAwaiter().GetResult();
            switch (i % 3)
            {
                case 0: green.Switch("switched"); break;
                case 1: green.Throw(new FormatException()); break;
                default: green.Kill(); break;
            }

            Assert.Equal((i % 3) switch { 0 => "switched", 1 => "thrown", _ => "killed" }, green.AsTask().GetAwaiter().GetResult());
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class InboxOnEpoll : InboxTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class InboxOnIoUring : InboxTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class InboxOnPoll : InboxTests<PollHub>;

/// <summary>On select.</summary>
public sealed class InboxOnSelect : InboxTests<SelectHub>;
