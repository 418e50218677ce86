using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Kill of one that awaits something which is not the hub's: the token, and what counts as delivery.</summary>
public abstract class KillTokenTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Kill_AwaitingAForeignTaskWithTheToken_CancelsIt_AndEndsAsKilled() => OnGreen(async () =>
    {
        GreenThread<int> green = GreenThread.Spawn(async () =>
        {
            await Task.Delay(Timeout.Infinite, GreenThread.Current!.CancellationToken);
            return 1;
        });
        await GreenThread.SleepAsync();
        var mine = new FormatException();
        green.Kill(mine);
        Assert.Same(mine, await ErrorOf(async () => await green));
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void Kill_WhoseCancellationIsCaught_CountsAsDelivered_AndTheTokenIsFresh() => OnGreen(async () =>
    {
        List<object> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            GreenThread me = GreenThread.Current!;
            CancellationToken first = me.CancellationToken;
            Exception? error = await ErrorOf(() => Task.Delay(Timeout.Infinite, first));
            log.Add(Assert.IsAssignableFrom<OperationCanceledException>(error).CancellationToken == first);
            await GreenThread.SleepAsync();
            log.Add("the next wait is left alone");
            log.Add(me.CancellationToken.IsCancellationRequested);
            await Task.Delay(1, me.CancellationToken);
        });
        await GreenThread.SleepAsync();
        green.Kill();
        await green;
        Assert.Equal([true, "the next wait is left alone", false], log);
        Assert.False(green.WasKilled);
    });

    [Fact]
    public void Kill_AfterAFreshToken_CancelsThatOne() => OnGreen(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            GreenThread me = GreenThread.Current!;
            await ErrorOf(() => Task.Delay(Timeout.Infinite, me.CancellationToken));
            await Task.Delay(Timeout.Infinite, me.CancellationToken);
        });
        await GreenThread.SleepAsync();
        green.Kill(new FormatException("first"));
        await TurnUntil(() => !green.CancellationToken.IsCancellationRequested || green.IsDead);
        green.Kill(new FormatException("second"));
        Assert.Equal("second", (await ErrorOf(green))!.Message);
    });

    [Fact]
    public void Kill_AwaitingAForeignTaskThatIgnoresTheToken_ComesAfterwards() => OnGreen(async () =>
    {
        var foreign = new TaskCompletionSource<string>();
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            _ = GreenThread.Current!.CancellationToken;
            log.Add(await foreign.Task);
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
        });
        await GreenThread.SleepAsync();
        green.Kill();
        await TurnAsync();
        Assert.False(green.IsDead);
        foreign.SetResult("result kept");
        await green;
        Assert.Equal(["result kept"], log);
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void Kill_AwaitingAForeignTaskOnly_WithNoFurtherWait_EndsWithItsValue() => OnGreen(async () =>
    {
        var foreign = new TaskCompletionSource<int>();
        GreenThread<int> green = GreenThread.Spawn(async () => await foreign.Task);
        await GreenThread.SleepAsync();
        green.Kill();
        foreign.SetResult(5);
        Assert.Equal(5, await green);
        Assert.False(green.WasKilled);
    });

    [Fact]
    public void Kill_AndACancellationOfAnotherToken_AreTwoThings() => OnGreen(async () =>
    {
        using var other = new CancellationTokenSource();
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            _ = GreenThread.Current!.CancellationToken;
            Exception? error = await ErrorOf(() => Task.Delay(Timeout.Infinite, other.Token));
            log.Add(error!.GetType().Name);
            await GreenThread.SleepAsync();
        });
        await GreenThread.SleepAsync();
        green.Kill();
        await other.CancelAsync();
        await green;
        Assert.Equal(["TaskCanceledException"], log);
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void Cancellation_OfSomebodyElsesToken_EndsItWithThat_NotAsKilled() => OnGreen(async () =>
    {
        using var other = new CancellationTokenSource();
        GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan, other.Token));
        await GreenThread.SleepAsync();
        await other.CancelAsync();
        var error = Assert.IsAssignableFrom<OperationCanceledException>(await ErrorOf(green));
        Assert.Equal(other.Token, error.CancellationToken);
        Assert.False(green.WasKilled);
        var asTask = Assert.IsAssignableFrom<OperationCanceledException>(await ErrorOf(() => green.AsTask()));
        Assert.Equal(other.Token, asTask.CancellationToken);
    });

    [Fact]
    public void Kill_InAHubWaitGivenItsToken_RaisesTheKillNotTheCancellation() => OnGreen(async () =>
    {
        var mine = new FormatException();
        GreenThread green = GreenThread.Spawn(async () =>
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan, GreenThread.Current!.CancellationToken));
        await GreenThread.SleepAsync();
        green.Kill(mine);
        Assert.Same(mine, await ErrorOf(green));
    });

    [Fact]
    public void Kill_RunsNobodyInsideTheCall_WhoAwaitsTheToken() => OnGreen(async () =>
    {
        bool inCall = false;
        List<string> log = [];
        GreenThread target = GreenThread.Spawn(async () =>
        {
            CancellationToken token = GreenThread.Current!.CancellationToken;
            GreenThread.SpawnN(async () =>
            {
                await ErrorOf(() => Task.Delay(Timeout.Infinite, token));
                log.Add($"other {inCall}");
            });
            await ErrorOf(() => Task.Delay(Timeout.Infinite, token));
            log.Add($"target {inCall}");
        });
        await TurnAsync();
        inCall = true;
        target.Kill();
        inCall = false;
        await target;
        await TurnAsync();
        Assert.Equal(["other False", "target False"], log.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Kill_WhoseTokensCallbackThrows_ReportsThat_AndGoesOn() => OnGreen(async () =>
    {
        GreenThread target = GreenThread.Spawn(async () =>
        {
            using CancellationTokenRegistration registration = GreenThread.Current!.CancellationToken.Register(() => throw new FormatException("of a callback"));
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
        });
        await GreenThread.SleepAsync();
        target.Kill();
        await target;
        Assert.Equal("of a callback", Assert.Single(TakeUnhandled()).Message);
    });

    [Fact]
    public void Token_OfOneThatHasEnded_TellsWhetherItWasKilled() => OnGreen(async () =>
    {
        GreenThread ended = GreenThread.Spawn(() => Task.CompletedTask);
        await ended;
        Assert.False(ended.CancellationToken.IsCancellationRequested);
        GreenThread killed = GreenThread.Spawn(() => Task.CompletedTask);
        CancellationToken before = killed.CancellationToken;
        killed.Kill();
        Assert.True(killed.CancellationToken.IsCancellationRequested);
        Assert.True(before.IsCancellationRequested);
    });

    [Fact]
    public void Kill_FromAnotherThreadDuringAForeignAwait_Cancels() => OnGreen(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () => await Task.Delay(Timeout.Infinite, GreenThread.Current!.CancellationToken));
        await GreenThread.SleepAsync();
        await Task.Run(() => green.Kill());
        await green;
        Assert.True(green.WasKilled);
    });

    [Fact]
    public void KillOnItsWay_WhoseHubIsDropped_LeavesNothingBehind()
    {
        OnGreen(async () =>
        {
            GreenThread green = GreenThread.Spawn(async () =>
            {
                _ = GreenThread.Current!.CancellationToken;
                await new TaskCompletionSource().Task;
            });
            await GreenThread.SleepAsync();
            green.Kill();
            Assert.True(KillDelivery.IsWatching);
        });
        Assert.False(KillDelivery.IsWatching);
    }

    private static async Task TurnUntil(Func<bool> condition)
    {
        while (!condition())
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        }
    }
}

public sealed class KillTokenOnEpoll : KillTokenTests<EpollHub>;
public sealed class KillTokenOnIoUring : KillTokenTests<IoUringHub>;
public sealed class KillTokenOnPoll : KillTokenTests<PollHub>;
public sealed class KillTokenOnSelect : KillTokenTests<SelectHub>;
