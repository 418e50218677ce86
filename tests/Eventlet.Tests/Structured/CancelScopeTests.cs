using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Structured;

public abstract class CancelScopeTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    protected override void Dispose(bool disposing)
    {
        PoolHub.Drop();
        base.Dispose(disposing);
    }

    [Fact]
    public void MoveOnAfter_InTime_IsTrue_AndCutShortIsFalse() => OnClock(async () =>
    {
        var never = new GreenEvent<int>();
        Assert.True(await CancelScope.MoveOnAfter(Seconds(1), _ => Task.CompletedTask));
        GreenThread<bool> cut = GreenThread.Spawn(() => CancelScope.MoveOnAfter(Seconds(1), async _ => await never.WaitAsync()));
        await AdvanceAsync(1);
        Assert.False(await cut);
        Assert.Equal(0, never.Waiting);
    });

    [Fact]
    public void FailAfter_ThrowsATimeout_AndPassesOtherErrorsOn() => OnClock(async () =>
    {
        GreenThread cut = GreenThread.Spawn(() => CancelScope.FailAfter(Seconds(1), async _ => await GreenThread.SleepAsync(Seconds(5))));
        GreenThread<int> foreign = GreenThread.Spawn(() => CancelScope.FailAfter(Seconds(1), async scope =>
        {
            await Task.Delay(Timeout.Infinite, scope.Token);
            return 1;
        }));
        await AdvanceAsync(1);
        var error = Assert.IsType<GreenTimeoutException>(await ErrorOf(cut));
        Assert.Equal(Seconds(1), error.Delay);
        Assert.IsType<GreenTimeoutException>(await ErrorOf(foreign));
        await Assert.ThrowsAsync<FormatException>(() => CancelScope.FailAfter(Seconds(1), _ => throw new FormatException()));
        Assert.Equal(3, await CancelScope.FailAfter(Seconds(1), _ => Task.FromResult(3)));
    });

    [Theory]
    [InlineData(1, 2, "outer")]
    [InlineData(2, 1, "inner")]
    [InlineData(1, 1, "outer")]
    public void Nested_TheScopeWhoseDeadlineFired_IsTheOneThatEnds(int outer, int inner, string expected) => OnClock(async () =>
    {
        string fired = "none";
        GreenThread green = GreenThread.Spawn(async () =>
        {
            if (!await CancelScope.MoveOnAfter(Seconds(outer), async _ =>
            {
                if (!await CancelScope.MoveOnAfter(Seconds(inner), async _ => await GreenThread.SleepAsync(Seconds(10))))
                {
                    fired = "inner";
                }
            }))
            {
                fired = "outer";
            }
        });
        await AdvanceAsync(1);
        await green;
        Assert.Equal(expected, fired);
    });

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void NestedInATimeout_EachKnowsItsOwn(int timeout, int deadline) => OnClock(async () =>
    {
        GreenThread<string> green = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(timeout));
            using var scope = new CancelScope(Seconds(deadline));
            try
            {
                await GreenThread.SleepAsync(Seconds(10));
                return "nobody";
            }
            catch (Exception error)
            {
                Assert.NotEqual(limit.Caught(error), scope.Caught(error));
                return scope.Caught(error) ? "scope" : "limit";
            }
        });
        await AdvanceAsync(1);
        Assert.Equal(timeout < deadline ? "limit" : "scope", await green);
    });

    [Fact]
    public void Cancel_FromOutside_FailsTheWaitsInside_AndOnlyThose() => OnGreen(async () =>
    {
        CancelScope? inside = null;
        string seen = "";
        GreenThread green = GreenThread.Spawn(async () =>
        {
            async Task InsideAsync()
            {
                using var scope = inside = new CancelScope();
                var error = await Assert.ThrowsAsync<OperationCanceledException>(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
                Assert.True(scope.Caught(error));
                Assert.Equal(scope.Token, error.CancellationToken);
                seen += "inside ";
            }

            Task cut = InsideAsync();
            using var source = new CancellationTokenSource();
            Task other = GreenThread.SleepAsync(Timeout.InfiniteTimeSpan, source.Token).AsTask();
            await cut;
            seen += other.IsCompleted;
            await source.CancelAsync();
            Assert.IsAssignableFrom<OperationCanceledException>(await ErrorOf(() => other));
        });
        await TurnAsync();
        inside!.Cancel();
        Assert.Equal("", seen);
        Assert.True(inside is { WasCancelled: true, IsOver: true });
        await green;
        Assert.Equal("inside False", seen);
    });

    [Fact]
    public void Cancel_FromAnotherThread_OrBeforeTheWait_ComesAtTheWait() => OnGreen(async () =>
    {
        Assert.False(await CancelScope.MoveOnAfter(Timeout.InfiniteTimeSpan, async scope =>
        {
            Task cancel = Task.Run(scope.Cancel);
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            await cancel;
        }));
        bool reached = false;
        Assert.False(await CancelScope.MoveOnAfter(Timeout.InfiniteTimeSpan, async scope =>
        {
            scope.Cancel();
            Assert.True(scope.Token.IsCancellationRequested);
            reached = true;
            await GreenThread.SleepAsync();
            reached = false;
        }));
        Assert.True(reached);
    });

    [Fact]
    public void Cancel_RunsNobodyInsideItself() => OnGreen(async () =>
    {
        CancelScope? inside = null;
        bool isCancelling = false;
        bool wasInside = false;
        GreenThread green = GreenThread.Spawn(() => CancelScope.MoveOnAfter(Timeout.InfiniteTimeSpan, async scope =>
        {
            inside = scope;
            int here = Environment.CurrentManagedThreadId;
            try
            {
                await Task.Delay(Timeout.Infinite, scope.Token).ConfigureAwait(false);
            }
            finally
            {
                wasInside = isCancelling && here == Environment.CurrentManagedThreadId;
            }
        }));
        await TurnAsync();
        isCancelling = true;
        inside!.Cancel();
        isCancelling = false;
        await green;
        Assert.False(wasInside);
    });

    [Fact]
    public void Scope_RaisesOnce_SoThatCleanUpCanWait() => OnClock(async () =>
    {
        bool cleaned = false;
        GreenThread<bool> green = GreenThread.Spawn(() => CancelScope.MoveOnAfter(Seconds(1), async _ =>
        {
            try
            {
                await GreenThread.SleepAsync(Seconds(10));
            }
            finally
            {
                await GreenThread.SleepAsync();
                cleaned = true;
            }
        }));
        await AdvanceAsync(1);
        Assert.False(await green);
        Assert.True(cleaned);
    });

    [Fact]
    public void Shield_KeepsOuterScopesAndTimeoutsOut_TheyComeAfterwards() => OnClock(async () =>
    {
        string seen = "";
        GreenThread<bool> green = GreenThread.Spawn(() => CancelScope.MoveOnAfter(Seconds(1), async _ =>
        {
            await CancelScope.Shield(async () =>
            {
                await GreenThread.SleepAsync(Seconds(2));
                await GreenThread.SleepAsync();
                seen += "shielded ";
            });
            seen += "left ";
            await GreenThread.SleepAsync(Seconds(5));
            seen += "never";
        }));
        await AdvanceAsync(1);
        Assert.False(green.IsDead);
        await AdvanceAsync(1);
        Assert.False(await green);
        Assert.Equal("shielded left ", seen);
    });

    [Fact]
    public void Shield_KeepsKillAndThrowOut_TheyComeAfterwards() => OnGreen(async () =>
    {
        var go = new GreenEvent<bool>();
        string seen = "";
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await CancelScope.Shield(async () =>
            {
                await go.WaitAsync();
                await GreenThread.SleepAsync();
                seen += "shielded ";
            });
            seen += "left ";
            await GreenThread.SleepAsync();
            seen += "never";
        });
        await TurnAsync();
        green.Kill();
        await TurnAsync();
        Assert.False(green.IsDead);
        go.Send(true);
        await green;
        Assert.True(green.WasKilled);
        Assert.Equal("shielded left ", seen);
    });

    [Fact]
    public void Shield_HasItsOwnDeadline_AndScopesInsideWork() => OnClock(async () =>
    {
        GreenThread<string> green = GreenThread.Spawn(async () =>
        {
            using var shield = new CancelScope(Seconds(2), shield: true);
            Assert.False(await CancelScope.MoveOnAfter(Seconds(1), async _ => await GreenThread.SleepAsync(Seconds(10))));
            try
            {
                await GreenThread.SleepAsync(Seconds(10));
                return "slept";
            }
            catch (OperationCanceledException error) when (shield.Caught(error))
            {
                return "its own deadline";
            }
        });
        await AdvanceAsync(1);
        await AdvanceAsync(1);
        Assert.Equal("its own deadline", await green);
    });

    [Fact]
    public void Kill_OfAGreenthreadWithAShieldedBranch_ReachesTheOtherBranch() => OnGreen(async () =>
    {
        var go = new GreenEvent<bool>();
        bool shielded = false;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            Task kept = CancelScope.Shield(async () => shielded = await go.WaitAsync());
            try
            {
                await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            }
            finally
            {
                await kept;
            }
        });
        await TurnAsync();
        green.Kill();
        await TurnAsync();
        Assert.False(green.IsDead);
        go.Send(true);
        await green;
        Assert.True(shielded && green.WasKilled);
    });

    [Fact]
    public void Scope_AfterItsEnd_RaisesNothing() => OnClock(async () =>
    {
        CancelScope? left = null;
        await CancelScope.MoveOnAfter(Seconds(1), scope =>
        {
            left = scope;
            return Task.CompletedTask;
        });
        left!.Cancel();
        GreenThread sleeper = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Seconds(2)));
        await AdvanceAsync(3);
        Assert.Null(await ErrorOf(sleeper));
    });

    [Fact]
    public void InMain_AndOnThePool_ItCutsWaitsShort() => OnMain(() =>
    {
        using (var scope = new CancelScope(TimeSpan.FromMilliseconds(1)))
        {
            var error = Assert.Throws<OperationCanceledException>(() => GreenThread.Sleep(Seconds(600)));
            Assert.True(scope.Caught(error));
        }

        using Hub hub = StartHub();
        var never = new GreenEvent<int>();
        Assert.False(Task.Run(() => CancelScope.MoveOnAfter(Timeout.InfiniteTimeSpan, async scope =>
        {
            ValueTask<int> waiting = never.WaitAsync();
            GreenThread canceller = hub.Spawn(() =>
            {
                SpinWait.SpinUntil(() => never.Waiting == 1);
                scope.Cancel();
                return Task.CompletedTask;
            });
            await waiting;
        })).Result);
    });
}

public sealed class CancelScopeOnEpoll : CancelScopeTests<EpollHub>;
public sealed class CancelScopeOnPoll : CancelScopeTests<PollHub>;
public sealed class CancelScopeOnSelect : CancelScopeTests<SelectHub>;
