using System.Runtime.CompilerServices;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>First ready, first run; and no call runs another greenthread inside itself.</summary>
public abstract class OrderTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Ring_EachWakesTheNext_InStrictOrder_OnALevelStack() => OnGreen(async () =>
    {
        const int Count = 100_000;
        const int Rounds = 100;
        Hub hub = GreenThread.Current!.Hub;
        var ring = new GreenThread[Count];
        long steps = 0;
        long outOfOrder = 0;
        nint highest = nint.MinValue;
        nint lowest = nint.MaxValue;
        for (int i = 0; i < Count; i++)
        {
            int number = i;
            ring[i] = GreenThread.Spawn(async () =>
            {
                for (int round = 0; round < Rounds; round++)
                {
                    await hub.SwitchAsync();
                    outOfOrder += steps++ % Count == number ? 0 : 1;
                    NoteStack();
                    if (steps < (long)Count * Rounds)
                    {
                        ring[(number + 1) % Count].Switch();
                    }
                }
            });
        }

        await GreenThread.SleepAsync();
        ring[0].Switch();
        await ring[Count - 1];
        Assert.Equal((long)Count * Rounds, steps);
        Assert.Equal(0, outOfOrder);
        Assert.InRange(highest - lowest, 0, 4096);

        [MethodImpl(MethodImplOptions.NoInlining)]
        unsafe void NoteStack()
        {
            byte here;
            highest = Math.Max(highest, (nint)(&here));
            lowest = Math.Min(lowest, (nint)(&here));
        }
    });

    [Fact]
    public void Chain_OfEnds_EachAwaitingTheNext_LeavesTheStackLevel() => OnGreen(async () =>
    {
        const int Count = 20_000;
        GreenThread last = GreenThread.Spawn(async () => await GreenThread.Current!.Hub.SwitchAsync());
        GreenThread first = last;
        for (int i = 0; i < Count; i++)
        {
            GreenThread next = first;
            first = GreenThread.Spawn(async () => await next);
        }

        await GreenThread.SleepAsync();
        last.Switch();
        await first;
    });

    [Fact]
    public void Chain_OfKills_EachInACleanUp_LeavesTheStackLevel() => OnGreen(async () =>
    {
        const int Count = 20_000;
        int cleaned = 0;
        GreenThread? previous = null;
        for (int i = 0; i < Count; i++)
        {
            GreenThread? next = previous;
            previous = GreenThread.Spawn(async () =>
            {
                try
                {
                    await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
                }
                finally
                {
                    cleaned++;
                    next?.Kill();
                }
            });
        }

        await GreenThread.SleepAsync();
        previous!.Kill();
        while (cleaned < Count)
        {
            await GreenThread.SleepAsync();
        }
    });

    [Fact]
    public void Calls_RunNoOtherGreenthreadInsideThemselves() => OnGreen(async () =>
    {
        bool inside = false;
        int ran = 0;
        List<string> broken = [];
        using var cancel = new CancellationTokenSource();
        var foreign = new TaskCompletionSource();
        GreenThread switching = Spawn("switch", async () => await GreenThread.Current!.Hub.SwitchAsync());
        GreenThread killed = Spawn("kill", async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        GreenThread thrown = Spawn("throw", async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        GreenThread cancelled = Spawn("cancel", async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan, cancel.Token));
        GreenThread awaiting = Spawn("task", async () => await foreign.Task);
        GreenThread joining = Spawn("join", async () => await killed);
        GreenThread[] all = [switching, killed, thrown, cancelled, awaiting, joining];
        await GreenThread.SleepAsync();
        GreenThread unbegun = GreenThread.Spawn(() => Task.CompletedTask);
        GreenThread joiningUnbegun = Spawn("join of one not begun", async () => await unbegun);
        await TurnAsync();

        inside = true;
        switching.Switch();
        killed.Kill();
        thrown.Throw(new FormatException());
#pragma warning disable CA1849 // What runs inside the call is the question.
        cancel.Cancel();
#pragma warning restore CA1849
        foreign.SetResult();
        GreenThread.SpawnN(() => Note("SpawnN"));
        GreenThread.Current!.Hub.Post(() => Note("Post"));
        Hubs.NotifyClose(1_000_000);
        inside = false;

        await TurnAsync();
        await TurnAsync();
        Assert.Empty(broken);
        Assert.Equal(all.Length + 3, ran);
        Assert.True(joiningUnbegun.IsDead);

        GreenThread Spawn(string name, Func<Task> body) => GreenThread.Spawn(async () =>
        {
            await ErrorOf(body);
            await Note(name);
        });

        Task Note(string name)
        {
            ran++;
            if (inside)
            {
                broken.Add(name);
            }

            return Task.CompletedTask;
        }
    });

    // greenthread: sleep(0) is the canonical yield
    [Fact]
    public void Yielding_TakesTurns_FirstReadyFirstRun() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread[] greens = [.. "abc".Select(name => GreenThread.Spawn(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                log.Add($"{name}{i}");
                await GreenThread.SleepAsync();
            }
        }))];
        foreach (GreenThread green in greens)
        {
            await green;
        }

        Assert.Equal(["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"], log);
    });

    [Fact]
    public void AwaitingTheDead_ForEver_StarvesNobody() => OnGreen(async () =>
    {
        GreenThread dead = GreenThread.Spawn(() => Task.CompletedTask);
        await dead;
        bool other = false;
        GreenThread.SpawnN(() =>
        {
            other = true;
            return Task.CompletedTask;
        });
        while (!other)
        {
            await dead;
        }
    });

    [Fact]
    public void Sleepers_WakeInTheOrderOfTheirDeadlines() => OnClock(async () =>
    {
        List<int> woken = [];
        int[] delays = [5, 3, 9, 3, 1, 7, 5, 1];
        for (int i = 0; i < delays.Length; i++)
        {
            int number = i;
            GreenThread.SpawnN(async () =>
            {
                await GreenThread.SleepAsync(Seconds(delays[number]));
                woken.Add(number);
            });
        }

        await AdvanceAsync(10);
        Assert.Equal([4, 7, 1, 3, 0, 6, 5, 2], woken);
    });

    [Fact]
    public void BlockingSleep_ReturnsAfterWhateverWasDueBefore() => OnMain(() =>
    {
        List<string> log = [];
        Hub hub = Hubs.GetHub();
        hub.ScheduleCallGlobal(Seconds(2), () => log.Add("2 s"));
        hub.ScheduleCallGlobal(Seconds(1), () => log.Add("1 s"));
        hub.ScheduleCallGlobal(Seconds(4), () => log.Add("4 s"));
        Thread mover = new(() =>
        {
            // The sleep has begun when its timer stands beside the other three.
            SpinWait.SpinUntil(() => hub.Statistics.Timers == 4);
            Clock.Advance(Seconds(3));
        });
        mover.Start();
        GreenThread.Sleep(Seconds(3));
        Assert.Equal(["1 s", "2 s"], log);
        mover.Join();
    }, Clock);

    [Fact]
    public void Sleep_InsideTheLoop_IsRefusedUnlessItYields() => OnGreen(() =>
    {
        GreenThread.Sleep();
        GreenThread.Sleep(Seconds(-1));
        string message = Assert.Throws<InvalidOperationException>(() => GreenThread.Sleep(TimeSpan.FromTicks(1))).Message;
        Assert.StartsWith("do not call blocking functions from the mainloop", message, StringComparison.Ordinal);
        Assert.Contains("SleepAsync", message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => GreenThread.Sleep(Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    });

    [Fact]
    public void SleepAsync_WithAToken_EndsWithItsCancellation() => OnGreen(async () =>
    {
        using var cancel = new CancellationTokenSource();
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan, cancel.Token));
        await GreenThread.SleepAsync();
        await Task.Run(cancel.Cancel);
        Assert.Equal(cancel.Token, Assert.IsAssignableFrom<OperationCanceledException>(await ErrorOf(green)).CancellationToken);
        ValueTask already = GreenThread.SleepAsync(default, cancel.Token);
        Assert.True(already.IsCanceled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await already);
        Assert.Equal(0, GreenThread.Current!.Hub.Statistics.Timers);
    });
}

public sealed class OrderOnEpoll : OrderTests<EpollHub>;
public sealed class OrderOnIoUring : OrderTests<IoUringHub>;
public sealed class OrderOnPoll : OrderTests<PollHub>;
public sealed class OrderOnSelect : OrderTests<SelectHub>;
