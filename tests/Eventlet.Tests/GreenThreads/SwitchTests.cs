using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>SwitchAsync, Switch and Throw.</summary>
public abstract class SwitchTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Switch_GivesItsValueToSwitchAsync() => OnGreen(async () =>
    {
        List<object?> got = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            Hub hub = GreenThread.Current!.Hub;
            got.Add(await hub.SwitchAsync());
            got.Add(await hub.SwitchAsync());
        });
        await GreenThread.SleepAsync();
        green.Switch("value");
        Assert.Empty(got);
        await GreenThread.SleepAsync();
        green.Switch();
        await green;
        Assert.Equal(["value", null], got);
    });

    [Fact]
    public void Switch_OfOneNotInSwitchAsync_IsRefused() => OnGreen(async () =>
    {
        GreenThread unbegun = GreenThread.Spawn(async () => await GreenThread.SleepAsync());
        Assert.Throws<InvalidOperationException>(() => unbegun.Switch());
        await GreenThread.SleepAsync();
        Assert.Throws<InvalidOperationException>(() => unbegun.Switch());
        await unbegun;
        Assert.Throws<InvalidOperationException>(() => unbegun.Switch());
        Assert.Throws<InvalidOperationException>(() => GreenThread.Current!.Switch());
    });

    [Fact]
    public void Switch_Twice_TheSecondIsRefused_AndTheFirstStays() => OnGreen(async () =>
    {
        GreenThread<object?> green = GreenThread.Spawn(async () => await GreenThread.Current!.Hub.SwitchAsync());
        await GreenThread.SleepAsync();
        green.Switch(1);
        Assert.Throws<InvalidOperationException>(() => green.Switch(2));
        Assert.Equal(1, await green);
    });

    [Fact]
    public void Switch_FromAnotherThread_ResumesOnTheHub() => OnGreen(async () =>
    {
        int thread = Environment.CurrentManagedThreadId;
        GreenThread<object?> green = GreenThread.Spawn(async () =>
        {
            object? value = await GreenThread.Current!.Hub.SwitchAsync();
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            return value;
        });
        await GreenThread.SleepAsync();
        await Task.Run(() => green.Switch("from afar"));
        Assert.Equal("from afar", await green);
    });

    [Fact]
    public void Switch_FromAnotherThreadOfOneElsewhere_IsReported() => OnGreen(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        await GreenThread.SleepAsync();
        await Task.Run(() => green.Switch());
        await TurnAsync();
        Assert.IsType<InvalidOperationException>(Assert.Single(TakeUnhandled()));
        Assert.False(green.IsDead);
    });

    [Fact]
    public void SwitchAsync_OutsideAGreenthreadOfTheHub_IsRefusedAtOnce() => OnMain(() =>
    {
        Hub hub = Hubs.GetHub();
        Assert.Throws<InvalidOperationException>(() => Suspend(hub));
        List<Exception?> inCallback = [];
        hub.Post(() => inCallback.Add(Record.Exception(() => Suspend(hub))));
        using Hub other = StartHub();
        hub.Run(async () =>
        {
            await GreenThread.SleepAsync();
            Assert.Throws<InvalidOperationException>(() => Suspend(other));
            Assert.IsType<InvalidOperationException>(await Task.Run(() => Record.Exception(() => Suspend(hub))));
        });
        Assert.IsType<InvalidOperationException>(Assert.Single(inCallback));

        static void Suspend(Hub hub) => _ = hub.SwitchAsync().AsTask();
    });

    [Fact]
    public void SwitchAsync_InTwoBranches_AreResumedInOrder() => OnGreen(async () =>
    {
        GreenThread<object?[]> green = GreenThread.Spawn(async () =>
        {
            Hub hub = GreenThread.Current!.Hub;
            return await Task.WhenAll(hub.SwitchAsync().AsTask(), hub.SwitchAsync().AsTask());
        });
        await GreenThread.SleepAsync();
        green.Switch("first");
        green.Switch("second");
        Assert.Equal(["first", "second"], await green);
    });

    [Fact]
    public void SwitchAsync_BetweenTwo_TakesTurns() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread? ping = null;
        GreenThread? pong = null;
        ping = GreenThread.Spawn(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                log.Add($"ping {await GreenThread.Current!.Hub.SwitchAsync()}");
                pong!.Switch(i);
            }
        });
        pong = GreenThread.Spawn(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                ping.Switch(i);
                log.Add($"pong {await GreenThread.Current!.Hub.SwitchAsync()}");
            }
        });
        await ping;
        await pong;
        Assert.Equal(["ping 0", "pong 0", "ping 1", "pong 1", "ping 2", "pong 2"], log);
    });

    [Fact]
    public void Throw_IntoAnyWaitOfTheHub_RaisesThere() => OnGreen(async () =>
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        GreenThread dead = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        var waits = new Func<Task>[]
        {
            async () => await GreenThread.SleepAsync(Seconds(1000)),
            async () => await GreenThread.Current!.Hub.SwitchAsync(),
            async () => await dead,
            async () => await Hubs.TrampolineAsync(pipe.ClientSafePipeHandle, read: true),
        };
        foreach (Func<Task> wait in waits)
        {
            var mine = new FormatException();
            GreenThread green = GreenThread.Spawn(wait);
            await GreenThread.SleepAsync();
            green.Throw(mine);
            Assert.False(green.IsDead);
            Assert.Same(mine, await ErrorOf(green));
            Assert.False(green.WasKilled);
        }

        Assert.Equal(0, dead.Hub.Statistics.Readers);
        Assert.Equal(0, dead.Hub.Statistics.Timers);
    });

    [Fact]
    public void Throw_OfAGreenletExit_EndsItQuietly() => OnGreen(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        await GreenThread.SleepAsync();
        green.Throw(new GreenletExit());
        await green;
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void Throw_WhenReadyOrUnbegun_ComesAtTheNextWait() => OnGreen(async () =>
    {
        var mine = new FormatException();
        List<object?> log = [];
        GreenThread ready = GreenThread.Spawn(async () =>
        {
            log.Add(await GreenThread.Current!.Hub.SwitchAsync());
            log.Add(await ErrorOf(async () => await GreenThread.SleepAsync()));
        });
        await GreenThread.SleepAsync();
        ready.Switch("kept");
        ready.Throw(mine);
        await ready;
        Assert.Equal(["kept", mine], log);

        log.Clear();
        GreenThread unbegun = GreenThread.Spawn(async () =>
        {
            log.Add("begun");
            log.Add(await ErrorOf(async () => await GreenThread.SleepAsync()));
        });
        unbegun.Throw(mine);
        await unbegun;
        Assert.Equal(["begun", mine], log);
    });

    [Fact]
    public void Throw_OnItself_ThrowsFromTheCall() => OnGreen(async () =>
    {
        var mine = new FormatException();
        Assert.Same(mine, Record.Exception(() => GreenThread.Current!.Throw(mine)));
        Assert.Throws<ArgumentNullException>(() => GreenThread.Current!.Throw(null!));
        await GreenThread.SleepAsync();
    });

    [Fact]
    public void Throw_FromAnotherThread_RaisesOnTheHub() => OnGreen(async () =>
    {
        var mine = new FormatException();
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        await GreenThread.SleepAsync();
        await Task.Run(() => green.Throw(mine));
        Assert.Same(mine, await ErrorOf(green));
    });

    [Fact]
    public void Throw_WhoseWaitWasCancelledMeanwhile_IsNotLost() => OnGreen(async () =>
    {
        using var cancel = new CancellationTokenSource();
        var mine = new FormatException();
        List<Exception?> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            log.Add(await ErrorOf(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan, cancel.Token)));
            log.Add(await ErrorOf(async () => await GreenThread.SleepAsync()));
        });
        await GreenThread.SleepAsync();
#pragma warning disable CA1849 // Within this turn, on purpose.
        cancel.Cancel();
#pragma warning restore CA1849
        green.Throw(mine);
        await green;
        Assert.IsType<OperationCanceledException>(log[0], exactMatch: false);
        Assert.Same(mine, log[1]);
    });
}

public sealed class SwitchOnEpoll : SwitchTests<EpollHub>;
public sealed class SwitchOnIoUring : SwitchTests<IoUringHub>;
public sealed class SwitchOnPoll : SwitchTests<PollHub>;
public sealed class SwitchOnSelect : SwitchTests<SelectHub>;
