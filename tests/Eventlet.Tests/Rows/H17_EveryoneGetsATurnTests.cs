using System.IO.Pipes;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H17: a coroutine that needs I/O registers a listener and switches to MAINLOOP, which switches to others that are ready; everybody gets his turn.</summary>
public abstract class H17_EveryoneGetsATurnTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void ListenerAndSwitch_AsThePageDescribesThem() => OnGreen(async () =>
    {
        using var pipe = new AnonymousPipeServerStream();
        int fd = (int)pipe.ClientSafePipeHandle.DangerousGetHandle();
        List<string> log = [];
        GreenThread reader = GreenThread.Spawn(async () =>
        {
            GreenThread me = GreenThread.Current!;
            Hub hub = me.Hub;
            FdListener listener = hub.Add(FdEvent.Read, fd, ready => me.Switch(ready), me.Throw);
            object? value = await hub.SwitchAsync();
            hub.Remove(listener);
            log.Add($"reader woken by {value}");
        });
        GreenThread other = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            log.Add("another runs meanwhile");
            pipe.WriteByte(1);
        });
        await reader;
        await other;
        Assert.Equal(["another runs meanwhile", $"reader woken by {fd}"], log);
        Assert.Equal(0, reader.Hub.Statistics.Readers);
    });

    [Fact]
    public void ListenersThrowback_ThrowsIntoTheCoroutine() => OnGreen(async () =>
    {
        using var pipe = new AnonymousPipeServerStream();
        int fd = (int)pipe.ClientSafePipeHandle.DangerousGetHandle();
        GreenThread reader = GreenThread.Spawn(async () =>
        {
            GreenThread me = GreenThread.Current!;
            me.Hub.Add(FdEvent.Read, fd, _ => me.Switch(), me.Throw);
            await me.Hub.SwitchAsync();
        });
        await GreenThread.SleepAsync();
        Hubs.NotifyClose(fd);
        Assert.IsType<IOClosedException>(await ErrorOf(reader));
    });

    [Fact]
    public void Yielders_StarveNeitherTimersNorDescriptors() => OnGreen(async () =>
    {
        using var pipe = new AnonymousPipeServerStream();
        bool stop = false;
        for (int i = 0; i < 50; i++)
        {
            GreenThread.SpawnN(async () =>
            {
                while (!stop)
                {
                    await GreenThread.SleepAsync();
                }
            });
        }

        await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        GreenThread reader = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(pipe.ClientSafePipeHandle, read: true));
        pipe.WriteByte(1);
        await reader;
        stop = true;
        await TurnAsync();
    });

    [Fact]
    public void ReadyDescriptors_StarveNeitherTimersNorYielders() => OnGreen(async () =>
    {
        using var file = File.OpenHandle("/dev/zero");
        bool stop = false;
        long reads = 0;
        GreenThread reader = GreenThread.Spawn(async () =>
        {
            while (!stop)
            {
                await Hubs.TrampolineAsync(file, read: true);
                reads++;
            }
        });
        for (int i = 0; i < 20; i++)
        {
            await GreenThread.SleepAsync(TimeSpan.FromTicks(1));
            await GreenThread.SleepAsync();
        }

        stop = true;
        await reader;
        Assert.InRange(reads, 5, long.MaxValue);
    });

    [Fact]
    public void TimersThatComeAgainAtOnce_StarveNeitherDescriptorsNorGreenthreads() => OnGreen(async () =>
    {
        using var pipe = new AnonymousPipeServerStream();
        Hub hub = GreenThread.Current!.Hub;
        bool stop = false;
        void Again()
        {
            if (!stop)
            {
                hub.ScheduleCallGlobal(TimeSpan.Zero, Again);
            }
        }

        Again();
        pipe.WriteByte(1);
        await Hubs.TrampolineAsync(pipe.ClientSafePipeHandle, read: true);
        await GreenThread.SleepAsync();
        stop = true;
        await TurnAsync();
        Assert.Equal(0, hub.Statistics.Timers);
    });

    [Fact]
    public void ReadyOnes_RunInTheOrderInWhichTheyBecameReady() => OnGreen(async () =>
    {
        List<int> order = [];
        GreenThread[] greens = [.. Enumerable.Range(0, 100).Select(number => GreenThread.Spawn(async () =>
        {
            await GreenThread.Current!.Hub.SwitchAsync();
            order.Add(number);
        }))];
        await GreenThread.SleepAsync();
        int[] shuffled = [.. Enumerable.Range(0, 100).Select(i => i * 37 % 100)];
        foreach (int number in shuffled)
        {
            switch (number % 3)
            {
                case 0:
                    greens[number].Switch();
                    break;
                default:
                    greens[number].Kill();
                    break;
            }
        }

        await GreenThread.SleepAsync();
        Assert.All(greens, green => Assert.True(green.IsDead));
        Assert.Equal(shuffled.Where(number => number % 3 == 0), order);
    });
}

public sealed class H17_OnEpoll : H17_EveryoneGetsATurnTests<EpollHub>;
public sealed class H17_OnIoUring : H17_EveryoneGetsATurnTests<IoUringHub>;
public sealed class H17_OnPoll : H17_EveryoneGetsATurnTests<PollHub>;
public sealed class H17_OnSelect : H17_EveryoneGetsATurnTests<SelectHub>;
