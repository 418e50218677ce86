using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>Nobody starves: neither descriptors by timers or by yielding greenthreads, nor the other way round.</summary>
public abstract class FairnessTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int Rounds = 300;

    /// <summary>A yielding greenthread may run 256 times between two polls; nobody else more often.</summary>
    private const int MostPerRound = 256 * 4;

    [Fact]
    public void YieldersTimersAndChattyDescriptors_DoNotStarveOneAnother() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        (int waited, int other) = pipes.Pipe();
        Pipes.Write(writer);
        Pipes.Write(other);
        Hub hub = Hubs.GetHub();
        int yields = 0, timers = 0, reads = 0, trampolines = 0, posts = 0;
        bool stop = false;

        // A descriptor that is never drained, a chain of timers without delay, a chain of posts, and two greenthreads.
        FdListener chatty = hub.Add(FdEvent.Read, reader, _ => reads++);
        void Timer()
        {
            timers++;
            if (!stop)
            {
                hub.ScheduleCallGlobal(TimeSpan.Zero, Timer);
            }
        }

        void Post()
        {
            posts++;
            if (!stop)
            {
                hub.Post(Post);
            }
        }

        hub.ScheduleCallGlobal(TimeSpan.Zero, Timer);
        hub.Post(Post);
        GreenThread yielder = GreenThread.Spawn(async () =>
        {
            while (!stop)
            {
                yields++;
                await GreenThread.SleepAsync();
            }
        });
        GreenThread trampoliner = GreenThread.Spawn(async () =>
        {
            while (!stop)
            {
                await Hubs.TrampolineAsync(waited, read: true);
                trampolines++;
            }
        });
        int[] counts = hub.Run(async () =>
        {
            while (new[] { yields, timers, reads, trampolines, posts }.Min() < Rounds)
            {
                await GreenThread.SleepAsync();
            }

            stop = true;
            hub.Remove(chatty);
            return new[] { yields, timers, reads, trampolines, posts };
        });
        yielder.Wait();
        trampoliner.Wait();
        Assert.True(counts.Max() <= Rounds * MostPerRound, string.Join(' ', counts));
    });

    [Fact]
    public void BlockingCalls_ThatAreOverAtOnce_StarveNeitherTimersNorDescriptors() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Pipes.Write(writer);
        Hub hub = Hubs.GetHub();
        GreenThread reading = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true));
        GreenThread sleeping = GreenThread.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1)));
        while (!reading.IsDead || !sleeping.IsDead)
        {
            // As in `while (!done) sleep(0)` of a plain main.
            GreenThread.Sleep();
        }

        Assert.False(hub.IsRunning);
    });

    [Fact]
    public void EachTurn_AsksTheBackend() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        (long turns, long polls) = hub.Run(async () =>
        {
            HubStatistics before = hub.Statistics;
            for (int i = 0; i < 10_000; i++)
            {
                await GreenThread.SleepAsync();
            }

            HubStatistics after = hub.Statistics;
            return (after.Turns - before.Turns, after.Polls - before.Polls);
        });
        Assert.InRange(polls, 10_000 / MostPerRound, 10_000);
        Assert.InRange(turns - polls, -1, 1);
    });

    [Fact]
    public void ReadyGreenThreads_RunFirstReadyFirst() => OnHub(async () =>
    {
        var order = new List<int>();
        GreenThread[] greens = [.. Enumerable.Range(0, 500).Select(number => GreenThread.Spawn(async () =>
        {
            for (int round = 0; round < 20; round++)
            {
                order.Add(number);
                await GreenThread.SleepAsync();
            }
        }))];
        foreach (GreenThread green in greens)
        {
            await green;
        }

        Assert.Equal(Enumerable.Range(0, 20).SelectMany(_ => Enumerable.Range(0, 500)), order);
    });
}

/// <summary>On epoll.</summary>
public sealed class FairnessOnEpoll : FairnessTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class FairnessOnIoUring : FairnessTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class FairnessOnPoll : FairnessTests<PollHub>;

/// <summary>On select.</summary>
public sealed class FairnessOnSelect : FairnessTests<SelectHub>;
