using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>GreenTimeout: which waits it interrupts, and when.</summary>
public abstract class GreenTimeoutTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    // timeout_with_statement_test.test_raising_self
    [Fact]
    public void Timeout_RaisesItsOwnExceptionOnce_AndIsThenNotPending() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            Assert.True(limit.IsPending);
            Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(10)));
            Assert.Equal(Seconds(1), Assert.IsType<GreenTimeoutException>(error).Delay);
            Assert.True(limit.Caught(error));
            Assert.False(limit.Caught(new GreenTimeoutException()));
            Assert.False(limit.IsPending);
            await GreenThread.SleepAsync(Seconds(1));
        });
        await AdvanceAsync(0.999);
        Assert.False(green.IsDead);
        await AdvanceAsync(0.001);
        Assert.Equal(1, green.Hub.Statistics.Timers);
        await AdvanceAsync(1);
        await green;
    });

    // test_raising_custom_exception, test_raising_exception_class
    [Fact]
    public void Timeout_WithAFactory_RaisesWhatThatMakes() => OnClock(async () =>
    {
        var mine = new FormatException();
        int made = 0;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1), () =>
            {
                made++;
                return mine;
            });
            Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(10)));
            Assert.True(limit.Caught(error!));
            throw error!;
        });
        await AdvanceAsync(1);
        Assert.Same(mine, await ErrorOf(green));
        Assert.Equal(1, made);
    });

    [Fact]
    public void Timeout_Caught_AlsoThroughWhatWrapsIt() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var outer = new GreenTimeout(Seconds(5));
            using var limit = new GreenTimeout(Seconds(1));
            Exception error = (await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(10))))!;
            var wrapped = new IOException("read failed", new AggregateException(error));
            Assert.True(limit.Caught(wrapped));
            Assert.False(outer.Caught(wrapped));
        });
        await AdvanceAsync(1);
        await green;
    });

    // test_cancellation
    [Fact]
    public void Scope_ThatWasLeft_RaisesNothingLater() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using (var limit = new GreenTimeout(Seconds(1)))
            {
                await GreenThread.SleepAsync();
                limit.Dispose();
                limit.Dispose();
                Assert.False(limit.IsPending);
            }

            await GreenThread.SleepAsync(Seconds(5));
        });
        await AdvanceAsync(5);
        await green;
    });

    // test_cancel_timer_inside_block
    [Fact]
    public void Cancel_InsideTheScope_PreventsIt_AlsoInAWaitThatHasBegun() => OnClock(async () =>
    {
        GreenTimeout? limit = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using (limit = new GreenTimeout(Seconds(1)))
            {
                await GreenThread.SleepAsync(Seconds(5));
                await GreenThread.SleepAsync(Seconds(5));
            }
        });
        await TurnAsync();
        limit!.Cancel();
        limit.Cancel();
        Assert.False(limit.IsPending);
        await AdvanceAsync(1);
        Assert.False(green.IsDead);
        await AdvanceAsync(4);
        await AdvanceAsync(5);
        await green;
    });

    [Fact]
    public void Cancel_OfTheInner_LeavesTheOuterInForce_InTheSameWait() => OnClock(async () =>
    {
        GreenTimeout? inner = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var outer = new GreenTimeout(Seconds(2));
            using (inner = new GreenTimeout(Seconds(1)))
            {
                Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(9)));
                Assert.True(outer.Caught(error!));
            }
        });
        await TurnAsync();
        inner!.Cancel();
        await AdvanceAsync(1);
        Assert.False(green.IsDead);
        await AdvanceAsync(1);
        await green;
    });

    // test_dummy_timer
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Timeout_WithoutADelay_NeverFires(bool infinite) => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(infinite ? Timeout.InfiniteTimeSpan : null);
            Assert.False(limit.IsPending);
            Assert.False(limit.Token.CanBeCanceled && limit.Token.IsCancellationRequested);
            await GreenThread.SleepAsync(TimeSpan.FromDays(300));
        });
        await AdvanceAsync(TimeSpan.FromDays(300).TotalSeconds);
        await green;
    });

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Timeout_OfZero_ComesAtTheNextWait(int seconds) => OnClock(async () =>
    {
        using var limit = new GreenTimeout(Seconds(seconds));
        Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync());
        Assert.True(limit.Caught(error!));
        await GreenThread.SleepAsync();
    });

    // test_nested_timeout
    [Fact]
    public void Nested_TheOneThatIsOverRaises_TheOtherStaysPending() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using (var outer = new GreenTimeout(Seconds(1)))
            using (var inner = new GreenTimeout(Seconds(2)))
            {
                Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(9)));
                Assert.True(outer.Caught(error!) && !inner.Caught(error!));
                Assert.True(inner.IsPending && !outer.IsPending);
            }

            using (var outer = new GreenTimeout(Seconds(2)))
            {
                using (var inner = new GreenTimeout(Seconds(1)))
                {
                    Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(9)));
                    Assert.True(inner.Caught(error!) && !outer.Caught(error!));
                    Assert.True(outer.IsPending && !inner.IsPending);
                }

                Exception? second = await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(9)));
                Assert.True(outer.Caught(second!));
            }
        });
        await AdvanceAsync(1);
        await AdvanceAsync(1);
        await AdvanceAsync(1);
        await green;
    });

    // timeout_test.test_with_outer_timer; test_silent_block: the value is what silence is here
    [Fact]
    public void WithTimeout_ThatIsSilent_HidesNoOuterOne() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var outer = new GreenTimeout(Seconds(1));
            Exception? error = await ErrorOf(() => GreenTimeout.WithTimeout(Seconds(2), Sleep, "silent"));
            Assert.True(outer.Caught(error!));
        });
        await AdvanceAsync(1);
        await green;

        static async Task<string> Sleep()
        {
            await GreenThread.SleepAsync(Seconds(9));
            return "done";
        }
    });

    [Fact]
    public void Ties_GoToTheScopeThatWasMadeFirst() => OnClock(async () =>
    {
        int checkedCases = 0;
        GreenThread waiting = GreenThread.Spawn(async () =>
        {
            using var outer = new GreenTimeout(Seconds(1));
            using var inner = new GreenTimeout(Seconds(1));
            Assert.True(outer.Caught((await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(1))))!));
            checkedCases++;
        });
        await AdvanceAsync(1);
        await waiting;
        GreenThread between = GreenThread.Spawn(async () =>
        {
            using var outer = new GreenTimeout(Seconds(1));
            using var inner = new GreenTimeout(Seconds(1));
            Clock.Advance(Seconds(1));
            Assert.True(outer.Caught((await ErrorOf(async () => await GreenThread.SleepAsync()))!));
            checkedCases++;
        });
        await between;
        Assert.Equal(2, checkedCases);
    });

    [Fact]
    public void Scope_OfOneBranch_LeavesTheOtherBranchesAlone() => OnClock(async () =>
    {
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(async () => await Task.WhenAll(Limited(), Free()));
        await AdvanceAsync(1);
        Assert.Equal(["limited: timed out"], log);
        await AdvanceAsync(4);
        await green;
        Assert.Equal(["limited: timed out", "free: done"], log);

        async Task Limited()
        {
            using var limit = new GreenTimeout(Seconds(1));
            await ErrorOf(async () => await GreenThread.SleepAsync(Seconds(9)));
            log.Add("limited: timed out");
        }

        async Task Free()
        {
            await GreenThread.SleepAsync(Seconds(5));
            log.Add("free: done");
        }
    });

    [Fact]
    public void Scope_AroundBranches_InterruptsTheWaitsOfAll() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            Exception?[] errors = await Task.WhenAll(ErrorOf(Wait), ErrorOf(Wait));
            Assert.All(errors, error => Assert.True(limit.Caught(error!)));

            static async Task Wait() => await GreenThread.SleepAsync(Seconds(9));
        });
        await AdvanceAsync(1);
        await green;
    });

    [Fact]
    public void Scope_DoesNotReachGreenthreadsSpawnedInside() => OnClock(async () =>
    {
        GreenThread? inner = null;
        GreenThread outer = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            inner = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Seconds(5)));
            Assert.True(limit.Caught((await ErrorOf(inner))!));
        });
        await AdvanceAsync(1);
        await outer;
        await AdvanceAsync(4);
        await inner!;
    });

    [Fact]
    public void Scope_OverDuringAForeignAwait_ComesAtTheNextWaitInside() => OnClock(async () =>
    {
        var foreign = new TaskCompletionSource<string>();
        List<string> log = [];
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            log.Add(await foreign.Task);
            Assert.True(limit.IsPending);
            Assert.True(limit.Caught((await ErrorOf(async () => await GreenThread.SleepAsync()))!));
        });
        await AdvanceAsync(2);
        foreign.SetResult("kept");
        await green;
        Assert.Equal(["kept"], log);
    });

    [Fact]
    public void Scope_OverAndLeftUndelivered_IsDropped() => OnClock(async () =>
    {
        var foreign = new TaskCompletionSource();
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using (new GreenTimeout(Seconds(1)))
            {
                await foreign.Task;
            }

            await GreenThread.SleepAsync();
        });
        await AdvanceAsync(2);
        foreign.SetResult();
        await green;
    });

    [Fact]
    public void Scope_MadeInAMethodThatReturned_IsNotItsCallers() => OnClock(async () =>
    {
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await Forgets();
            await GreenThread.SleepAsync(Seconds(5));

            static async Task Forgets()
            {
                _ = new GreenTimeout(Seconds(1));
                await GreenThread.SleepAsync();
            }
        });
        await AdvanceAsync(5);
        await green;
    });

    [Fact]
    public void Token_IsCancelledWhenTheTimeIsOver_ForForeignApis() => OnClock(async () =>
    {
        CancellationToken kept = default;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            CancellationToken token = kept = limit.Token;
            Exception? error = await ErrorOf(() => Task.Delay(Timeout.Infinite, token));
            Assert.Equal(token, Assert.IsAssignableFrom<OperationCanceledException>(error).CancellationToken);
            Assert.NotNull(GreenThread.Current);
        });
        await AdvanceAsync(0.5);
        Assert.False(kept.IsCancellationRequested);
        await AdvanceAsync(0.5);
        await green;
        Assert.True(kept.IsCancellationRequested);

        using var left = new GreenTimeout(Seconds(1));
        CancellationToken never = left.Token;
        left.Cancel();
        await AdvanceAsync(2);
        Assert.False(never.IsCancellationRequested);
        using var late = new GreenTimeout(Seconds(0));
        Assert.True(late.Token.IsCancellationRequested);
        late.Cancel();
    });

    // timeout_test.test_with_timeout
    [Fact]
    public void WithTimeout_InTime_GivesTheBodysValueOrError() => OnClock(async () =>
    {
        var mine = new FormatException();
        Assert.Equal(1, await GreenTimeout.WithTimeout(Seconds(1), () => Task.FromResult(1)));
        Assert.Equal(1, await GreenTimeout.WithTimeout(Seconds(1), () => Task.FromResult(1), 2));
        Assert.Equal(1, await GreenTimeout.WithTimeout(Seconds(1), _ => Task.FromResult(1)));
        Assert.Equal(1, await GreenTimeout.WithTimeout(Seconds(1), _ => Task.FromResult(1), 2));
        await GreenTimeout.WithTimeout(Seconds(1), () => Task.CompletedTask);
        await GreenTimeout.WithTimeout(Seconds(1), _ => Task.CompletedTask);
        Assert.Same(mine, await ErrorOf(() => GreenTimeout.WithTimeout(Seconds(1), () => Task.FromException<int>(mine), 2)));
        Assert.Same(mine, await ErrorOf(() => GreenTimeout.WithTimeout(Seconds(1), () => Task.FromException(mine))));
        await AdvanceAsync(3);
    });

    [Fact]
    public void WithTimeout_OverInAHubWait_RaisesOrGivesTheValue() => OnClock(async () =>
    {
        Task<object?>[] all =
        [
            Outcome(async () => await GreenTimeout.WithTimeout(Seconds(1), Sleep)),
            Outcome(async () => await GreenTimeout.WithTimeout(Seconds(1), Sleep, "value")),
            Outcome(async () => await GreenTimeout.WithTimeout(Seconds(1), _ => Sleep())),
            Outcome(async () => await GreenTimeout.WithTimeout(Seconds(1), _ => Sleep(), "value")),
            Outcome(async () => await None(GreenTimeout.WithTimeout(Seconds(1), async () => await GreenThread.SleepAsync(Seconds(9))))),
            Outcome(async () => await None(GreenTimeout.WithTimeout(Seconds(1), _ => Sleep()))),
        ];
        await AdvanceAsync(1);
        object?[] outcomes = await Task.WhenAll(all);
        Assert.Equal([typeof(GreenTimeoutException), "value", typeof(GreenTimeoutException), "value", typeof(GreenTimeoutException), typeof(GreenTimeoutException)], outcomes);
        Assert.Equal(0, GreenThread.Current!.Hub.Statistics.Timers);

        static async Task<string> Sleep()
        {
            await GreenThread.SleepAsync(Seconds(9));
            return "late";
        }
    });

    [Fact]
    public void WithTimeout_OverInAForeignCallGivenTheToken_RaisesOrGivesTheValue() => OnClock(async () =>
    {
        Task<object?>[] all =
        [
            Outcome(async () => await GreenTimeout.WithTimeout(Seconds(1), Foreign)),
            Outcome(async () => await GreenTimeout.WithTimeout(Seconds(1), Foreign, "value")),
            Outcome(async () => await None(GreenTimeout.WithTimeout(Seconds(1), token => Task.Delay(Timeout.Infinite, token)))),
        ];
        await AdvanceAsync(1);
        object?[] outcomes = await Task.WhenAll(all);
        Assert.Equal([typeof(GreenTimeoutException), "value", typeof(GreenTimeoutException)], outcomes);

        static async Task<string> Foreign(CancellationToken token)
        {
            await Task.Delay(Timeout.Infinite, token);
            return "late";
        }
    });

    [Fact]
    public void WithTimeout_AndACancellationOfSomebodyElses_IsNotItsOwn() => OnClock(async () =>
    {
        using var other = new CancellationTokenSource();
        await other.CancelAsync();
        Exception? error = await ErrorOf(() => GreenTimeout.WithTimeout(Seconds(1), async _ =>
        {
            await Task.Delay(Timeout.Infinite, other.Token);
            return 1;
        }, 2));
        Assert.IsAssignableFrom<OperationCanceledException>(error);
    });

    [Fact]
    public void WithTimeout_OfNothing_IsRefused() => OnClock(async () =>
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => GreenTimeout.WithTimeout(Seconds(1), (Func<Task>)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => GreenTimeout.WithTimeout(Seconds(1), (Func<Task<int>>)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => GreenTimeout.WithTimeout(Seconds(1), (Func<Task<int>>)null!, 1));
        await Assert.ThrowsAsync<ArgumentNullException>(() => GreenTimeout.WithTimeout(Seconds(1), (Func<CancellationToken, Task>)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => GreenTimeout.WithTimeout(Seconds(1), (Func<CancellationToken, Task<int>>)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => GreenTimeout.WithTimeout(Seconds(1), (Func<CancellationToken, Task<int>>)null!, 1));
    });

    [Fact]
    public void InMain_ItInterruptsBlockingCalls() => OnMain(() =>
    {
        GreenThread forever = GreenThread.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        foreach (Action call in new Action[]
        {
            () => GreenThread.Sleep(Timeout.InfiniteTimeSpan),
            forever.Wait,
            () => Hubs.Trampoline(pipe.ClientSafePipeHandle, read: true),
        })
        {
            using var limit = new GreenTimeout(TimeSpan.FromMilliseconds(2));
            Assert.True(limit.Caught(Record.Exception(call)!));
        }

        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.False(forever.IsDead);
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
    });

    [Fact]
    public void InMain_OverBetweenCalls_ComesAtTheNext_AlsoOneThatCouldReturnAtOnce() => OnMain(() =>
    {
        GreenThread dead = GreenThread.Spawn(() => Task.CompletedTask);
        dead.Wait();
        foreach (Action call in new Action[] { () => GreenThread.Sleep(), dead.Wait })
        {
            using var limit = new GreenTimeout(Seconds(1));
            Clock.Advance(Seconds(1));
            Assert.True(limit.Caught(Record.Exception(call)!));
        }
    }, Clock);

    [Fact]
    public void InMain_ItDoesNotReachTheGreenthreads() => OnMain(() =>
    {
        using (new GreenTimeout(TimeSpan.Zero))
        {
            GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync());
            Assert.IsType<GreenTimeoutException>(Record.Exception(green.Wait));
            Assert.False(green.IsDead);
            Assert.True(green.Wait(Timeout.InfiniteTimeSpan));
        }
    });

    [Fact]
    public void OnThePool_ItInterruptsAwaitsOutside() => OnMain(() =>
    {
        using Hub hub = StartHub();
        GreenThread forever = hub.Spawn(async () => await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan));
        Task.Run(async () =>
        {
            using var limit = new GreenTimeout(TimeSpan.FromMilliseconds(2));
            Assert.True(limit.Caught((await ErrorOf(forever))!));
            Assert.False(limit.IsPending);
            GreenThread<int> dead = hub.Spawn(() => Task.FromResult(1));
            await dead;
            using var over = new GreenTimeout(TimeSpan.Zero);
            Assert.True(over.Caught((await ErrorOf(async () => await dead))!));
            using var other = new GreenTimeout(TimeSpan.Zero);
            Assert.True(other.Caught((await ErrorOf(async () => await (GreenThread)dead))!));
        }).GetAwaiter().GetResult();
        Assert.False(forever.IsDead);
    });

    // timeout_with_statement_test.test_ref
    [Fact]
    public void Scope_ThatWasLeft_IsCollected() => OnClock(async () =>
    {
        WeakReference reference = await Scope();
        for (int i = 0; i < 100 && reference.IsAlive; i++)
        {
            await TurnAsync();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(reference.IsAlive);

        static async Task<WeakReference> Scope()
        {
            var limit = new GreenTimeout(Seconds(1000));
            using (limit)
            {
                await GreenThread.SleepAsync();
                _ = limit.Token;
            }

            return new WeakReference(limit);
        }
    });

    [Fact]
    public void GreenTimeoutException_CanBeRaisedDirectly()
    {
        // timeout_test.TestDirectRaise: here the scope and the exception are two types.
        var error = new GreenTimeoutException("mine", new FormatException()) { Delay = Seconds(3) };
        Assert.IsAssignableFrom<TimeoutException>(error);
        Assert.Same(error, Record.Exception((Action)(() => throw error)));
        Assert.Contains("mine", error.ToString(), StringComparison.Ordinal);
        Assert.Null(new GreenTimeoutException().Delay);
    }

    private static async Task<object?> Outcome(Func<Task<object?>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception error)
        {
            return error.GetType();
        }
    }

    private static async Task<object?> None(Task task)
    {
        await task;
        return null;
    }
}

public sealed class GreenTimeoutOnEpoll : GreenTimeoutTests<EpollHub>;
public sealed class GreenTimeoutOnIoUring : GreenTimeoutTests<IoUringHub>;
public sealed class GreenTimeoutOnPoll : GreenTimeoutTests<PollHub>;
public sealed class GreenTimeoutOnSelect : GreenTimeoutTests<SelectHub>;
