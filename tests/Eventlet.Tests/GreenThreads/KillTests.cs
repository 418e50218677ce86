using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Kill in each state of its target, while that is in waits of the hub or in none.</summary>
public abstract class KillTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    // greenthread_test.Spawn.test_kill, test_kill_meth
    [Fact]
    public void Kill_Unbegun_EndsItInTheCall() => OnGreen(async () =>
    {
        bool ran = false;
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(() =>
        {
            ran = true;
            return Task.CompletedTask;
        });
        green.Link(ended => log.Add($"link {ended.IsDead}"));
        green.Kill();
        log.Add("after Kill");
        Assert.True(green.IsDead);
        Assert.True(green.WasKilled);
        green.Kill(new FormatException());
        await green;
        await TurnAsync();
        Assert.False(ran);
        Assert.Equal(["link True", "after Kill"], log);
    });

    [Fact]
    public void Kill_UnbegunWithAValue_WaitersGetTheExitOrTheGivenException() => OnGreen(async () =>
    {
        GreenThread<int> green = GreenThread.Spawn(() => Task.FromResult(1));
        green.Kill();
        Exception? first = await ErrorOf(async () => await green);
        Assert.IsType<GreenletExit>(first);
        Assert.Same(first, await ErrorOf(async () => await green));

        var mine = new FormatException();
        GreenThread plain = GreenThread.Spawn(() => Task.CompletedTask);
        plain.Kill(mine);
        Assert.Same(mine, await ErrorOf(plain));
        Assert.True(plain.WasKilled);
    });

    [Fact]
    public void Kill_UnbegunByMainBeforeAnyLoop_StartsNothing() => OnMain(() =>
    {
        GreenThread green = GreenThread.Spawn(() => throw new InvalidOperationException("it ran"));
        green.Kill();
        Assert.True(green.IsDead);
        Assert.False(green.Hub.IsRunning);
        green.Wait();
        Assert.Equal(0, green.Hub.Statistics.Turns);
        GreenThread.Sleep();
    });

    [Fact]
    public void Kill_UnbegunFromAnotherThread_IsDecidedAgainstItsBeginning() => OnGreen(async () =>
    {
        const int Count = 2_000;
        int ran = 0;
        int notRun = 0;
        var greens = new GreenThread[Count];
        using var begin = new Barrier(2);
        Task killer = Task.Run(() =>
        {
            begin.SignalAndWait();
            for (int i = Count - 1; i >= 0; i--)
            {
                greens[i].Kill();
            }
        });
        for (int i = 0; i < Count; i++)
        {
            bool begun = false;
            greens[i] = GreenThread.Spawn(async () =>
            {
                begun = true;
                ran++;
                await GreenThread.Current!.Hub.SwitchAsync();
            });
            greens[i].Link(_ => Interlocked.Add(ref notRun, begun ? 0 : 1));
        }

        begin.SignalAndWait();
        foreach (GreenThread green in greens)
        {
            await green;
            Assert.True(green.WasKilled);
        }

        await killer;
        Assert.Equal(Count, ran + notRun);
        Assert.Equal(1, GreenThread.Current!.Hub.Statistics.GreenThreads);
    });

    [Fact]
    public void Kill_InAWaitOfTheHub_RaisesThere() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            try
            {
                await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            }
            catch (GreenletExit)
            {
                log.Add("exit");
                throw;
            }
            finally
            {
                await GreenThread.SleepAsync();
                log.Add("clean-up that waits");
            }
        });
        await GreenThread.SleepAsync();
        green.Kill();
        Assert.Empty(log);
        Assert.False(green.IsDead);
        await green;
        Assert.Equal(["exit", "clean-up that waits"], log);
        Assert.True(green.WasKilled);
    });

    // greenthread_test.SpawnAfter.test_kill_already_started
    [Fact]
    public void Kill_WithAnExceptionOfOnesOwn_EndsItWithThat() => OnGreen(async () =>
    {
        var mine = new FormatException();
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        await GreenThread.SleepAsync();
        green.Kill(mine);
        Assert.Same(mine, await ErrorOf(green));
        Assert.Same(mine, await ErrorOf(() => green.AsTask()));
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void Kill_ThatIsCaught_LetsTheBodyGoOn() => OnGreen(async () =>
    {
        GreenThread<string> green = GreenThread.Spawn(async () =>
        {
            Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
            await GreenThread.SleepAsync();
            return error!.GetType().Name;
        });
        await GreenThread.SleepAsync();
        green.Kill();
        Assert.Equal("GreenletExit", await green);
        Assert.False(green.WasKilled);
    });

    [Fact]
    public void Kill_InSeveralWaits_FailsAllOldestFirst() => OnGreen(async () =>
    {
        List<string> failed = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            GreenThread me = GreenThread.Current!;
            await Task.WhenAll(Branch("sleep", async () => await GreenThread.SleepAsync(Seconds(1000))),
                Branch("switch", async () => await me.Hub.SwitchAsync()),
                Branch("other sleep", async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan)));

            async Task Branch(string name, Func<Task> wait)
            {
                Exception? error = await ErrorOf(wait);
                Assert.Same(me, GreenThread.Current);
                failed.Add($"{name} {error?.Message}");
            }
        });
        await GreenThread.SleepAsync();
        Assert.Equal(1, green.Hub.Statistics.Timers);
        green.Kill(new FormatException("killed"));
        Assert.Equal(0, green.Hub.Statistics.Timers);
        Assert.Empty(failed);
        await green;
        Assert.Equal(["sleep killed", "switch killed", "other sleep killed"], failed);
    });

    [Fact]
    public void Kill_WhenReady_KeepsTheResult_AndComesAtTheNextWait() => OnGreen(async () =>
    {
        List<object?> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            log.Add(await GreenThread.Current!.Hub.SwitchAsync());
            log.Add((await ErrorOf(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan)))!.GetType().Name);
            await GreenThread.SleepAsync();
            log.Add("once only");
        });
        await GreenThread.SleepAsync();
        green.Switch("item");
        green.Kill();
        await green;
        Assert.Equal(["item", "GreenletExit", "once only"], log);
    });

    [Theory]
    [InlineData("yield")]
    [InlineData("dead greenthread")]
    [InlineData("dead greenthread's value")]
    [InlineData("switch")]
    [InlineData("trampoline")]
    public void Kill_WhenReady_ComesAlsoAtAWaitThatCouldEndAtOnce(string kind) => OnGreen(async () =>
    {
        GreenThread<int> dead = GreenThread.Spawn(() => Task.FromResult(1));
        await dead;
        using var file = File.OpenHandle("/dev/null");
        var mine = new FormatException();
        Exception? seen = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            seen = await ErrorOf(async () => await (kind switch
            {
                "yield" => GreenThread.SleepAsync().AsTask(),
                "dead greenthread" => AwaitAsync(dead),
                "dead greenthread's value" => Value(),
                "switch" => GreenThread.Current!.Hub.SwitchAsync().AsTask(),
                _ => Hubs.TrampolineAsync(file, read: true).AsTask(),
            }));
        });
        await GreenThread.SleepAsync();
        green.Kill(mine);
        await green;
        Assert.Same(mine, seen);

        static async Task AwaitAsync(GreenThread green) => await green;
        async Task Value() => await dead;
    });

    [Fact]
    public void Kill_Twice_TheFirstStays() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread suspended = GreenThread.Spawn(async () =>
        {
            log.Add((await ErrorOf(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan)))!.Message);
            await GreenThread.SleepAsync();
            await GreenThread.SleepAsync();
            log.Add("suspended: nothing more");
        });
        GreenThread ready = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            log.Add((await ErrorOf(async () => await GreenThread.SleepAsync()))!.Message);
            await GreenThread.SleepAsync();
            log.Add("ready: nothing more");
        });
        await GreenThread.SleepAsync();
        suspended.Kill(new FormatException("first"));
        suspended.Kill(new FormatException("second"));
        suspended.Throw(new FormatException("third"));
        ready.Throw(new FormatException("first"));
        ready.Kill(new FormatException("second"));
        await suspended;
        await ready;
        Assert.Equal(["first", "first", "ready: nothing more", "suspended: nothing more"], log.Order(StringComparer.Ordinal));
        Assert.False(suspended.WasKilled);
    });

    [Fact]
    public void Kill_AfterTheFirstWasDelivered_IsAnother() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            log.Add((await ErrorOf(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan)))!.Message);
            log.Add((await ErrorOf(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan)))!.Message);
        });
        await GreenThread.SleepAsync();
        green.Kill(new FormatException("first"));
        await GreenThread.SleepAsync();
        green.Kill(new FormatException("second"));
        await green;
        Assert.Equal(["first", "second"], log);
    });

    [Fact]
    public void Kill_WhoseFailedWaitNobodyAwaits_LeavesTheNextOneDeliverable() => OnGreen(async () =>
    {
        var mine = new FormatException();
        var foreign = new TaskCompletionSource();
        GreenThread green = GreenThread.Spawn(async () =>
        {
            _ = GreenThread.SleepAsync(Seconds(1000)).AsTask();
            await foreign.Task;
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
        });
        await GreenThread.SleepAsync();
        green.Kill(new FormatException("nobody sees this"));
        await TurnAsync();
        foreign.SetResult();
        await TurnAsync();
        green.Kill(mine);
        Assert.Same(mine, await ErrorOf(green));
    });

    [Fact]
    public void Kill_OnItself_ThrowsFromTheCall() => OnGreen(async () =>
    {
        var mine = new FormatException();
        bool wentOn = false;
        CancellationToken token = default;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            token = GreenThread.Current!.CancellationToken;
            GreenThread.Current!.Kill(mine);
            wentOn = true;
        });
        Assert.Same(mine, await ErrorOf(green));
        Assert.False(wentOn);
        Assert.True(green.WasKilled);
        Assert.True(token.IsCancellationRequested);

        GreenThread quiet = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            GreenThread.Current!.Kill();
        });
        await quiet;
        Assert.True(quiet.WasKilled);
    });

    [Fact]
    public void Kill_OnItselfCaught_IsDelivered() => OnGreen(async () =>
    {
        GreenThread<bool> green = GreenThread.Spawn(async () =>
        {
            CancellationToken token = GreenThread.Current!.CancellationToken;
            Assert.Throws<GreenletExit>(() => GreenThread.Current!.Kill());
            Assert.True(token.IsCancellationRequested);
            await GreenThread.SleepAsync();
            return GreenThread.Current!.CancellationToken.IsCancellationRequested;
        });
        Assert.False(await green);
        Assert.False(green.WasKilled);
    });

    [Fact]
    public void Kill_Dead_DoesNothing() => OnGreen(async () =>
    {
        GreenThread<int> green = GreenThread.Spawn(() => Task.FromResult(1));
        Assert.Equal(1, await green);
        green.Kill();
        green.Throw(new FormatException());
        await Task.Run(() => green.Kill());
        await TurnAsync();
        Assert.Equal(1, await green);
        Assert.False(green.WasKilled);
    });

    [Fact]
    public void Kill_FromAnotherThread_EndsItInItsHub() => OnGreen(async () =>
    {
        int thread = Environment.CurrentManagedThreadId;
        int ended = 0;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            try
            {
                await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            }
            finally
            {
                ended = Environment.CurrentManagedThreadId;
            }
        });
        await GreenThread.SleepAsync();
        await Task.Run(() => green.Kill());
        await green;
        Assert.True(green.WasKilled);
        Assert.Equal(thread, ended);
    });

    [Fact]
    public void Kill_ByMainBetweenBlockingCalls_IsDoneInTheNextOne() => OnMain(() =>
    {
        bool cleaned = false;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            try
            {
                await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            }
            finally
            {
                cleaned = true;
            }
        });
        GreenThread.Sleep();
        green.Kill();
        Assert.False(cleaned);
        Assert.False(green.IsDead);
        green.Wait();
        Assert.True(cleaned);
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void Kill_InsideATimerCallback_Works() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        green.Hub.ScheduleCallGlobal(Seconds(1), () => green.Kill());
        await AdvanceAsync(1);
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void Kill_OfOneThatWaitsForADescriptor_LeavesNoListener() => OnGreen(async () =>
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        GreenThread green = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(pipe.ClientSafePipeHandle, read: true));
        await GreenThread.SleepAsync();
        Assert.Equal(1, green.Hub.Statistics.Readers);
        green.Kill();
        Assert.Equal(0, green.Hub.Statistics.Readers);
        await green;
    });

    [Fact]
    public void Kill_OfOneThatWaitsForAnother_LeavesTheOtherAlone() => OnGreen(async () =>
    {
        GreenThread<int> target = GreenThread.Spawn(async () => (int)(await GreenThread.Current!.Hub.SwitchAsync())!);
        GreenThread<int> waiter = GreenThread.Spawn(async () => await target);
        await GreenThread.SleepAsync();
        waiter.Kill();
        await Assert.ThrowsAsync<GreenletExit>(() => waiter.AsTask());
        Assert.False(target.IsDead);
        target.Switch(7);
        Assert.Equal(7, await target);
    });
}

public sealed class KillOnEpoll : KillTests<EpollHub>;
public sealed class KillOnIoUring : KillTests<IoUringHub>;
public sealed class KillOnPoll : KillTests<PollHub>;
public sealed class KillOnSelect : KillTests<SelectHub>;
