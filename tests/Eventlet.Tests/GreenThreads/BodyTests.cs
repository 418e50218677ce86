using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Bodies of every shape, and how their end is noticed.</summary>
public abstract class BodyTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Body_ThatThrowsBeforeItsFirstAwait_FailsTheGreenthread() => OnGreen(async () =>
    {
        var mine = new FormatException();
        Assert.Same(mine, await ErrorOf(GreenThread.Spawn(() => throw mine)));
        Assert.Same(mine, await ErrorOf(async () => await GreenThread.Spawn<int>(() => throw mine)));
        Assert.Same(mine, await ErrorOf(GreenThread.Spawn(() => Task.FromException(mine))));
    });

    [Fact]
    public void Body_ThatReturnsNull_FailsWithAClearError() => OnGreen(async () =>
    {
        Exception? error = await ErrorOf(GreenThread.Spawn(() => null!));
        Assert.Contains("null", Assert.IsType<InvalidOperationException>(error).Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(await ErrorOf(async () => await GreenThread.Spawn<int>(() => null!)));
    });

    [Fact]
    public void Body_ThatThrowsAGreenletExit_EndsQuietly() => OnGreen(async () =>
    {
        GreenThread green = GreenThread.Spawn(() => throw new GreenletExit());
        await green;
        Assert.True(green.WasKilled);
        GreenThread.SpawnN(() => throw new GreenletExit());
        await TurnAsync();
    });

    [Fact]
    public void Body_ThatIsNoAsyncMethod_EndsWithItsTask() => OnGreen(async () =>
    {
        Assert.Equal(5, await GreenThread.Spawn(() => Task.FromResult(5)));
        await GreenThread.Spawn(() => GreenThread.SleepAsync().AsTask());
        var source = new TaskCompletionSource<int>();
        GreenThread<int> green = GreenThread.Spawn(() => source.Task);
        await GreenThread.SleepAsync();
        Assert.False(green.IsDead);
        source.SetResult(6);
        Assert.Equal(6, await green);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var error = Assert.IsAssignableFrom<OperationCanceledException>(await ErrorOf(GreenThread.Spawn(() => Task.FromCanceled(cancelled.Token))));
        Assert.Equal(cancelled.Token, error.CancellationToken);
    });

    [Fact]
    public void Body_CompletedByAnotherThread_EndsOnTheHub() => OnGreen(async () =>
    {
        int hubThread = Environment.CurrentManagedThreadId;
        int linkThread = 0;
        var source = new TaskCompletionSource<int>();
        GreenThread<int> green = GreenThread.Spawn(() => source.Task);
        green.Link(_ => linkThread = Environment.CurrentManagedThreadId);
        await GreenThread.SleepAsync();
        PlainThread.Run(() => source.SetResult(1));
        Assert.Equal(1, await green);
        Assert.Equal(hubThread, linkThread);
    });

    [Fact]
    public void Body_ThatEndsOffTheHub_IsNoticedAtOnce() => OnGreen(async () =>
    {
        var foreign = new TaskCompletionSource();
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            await foreign.Task.ConfigureAwait(false);
            Assert.Null(GreenThread.Current);
        });
        await TurnAsync();
        PlainThread.Run(foreign.SetResult);
        await green;
    });

    [Fact]
    public void Body_ThatEndsOffTheHub_WithABranchStillWaiting_IsNoticedAtOnce() => OnClock(async () =>
    {
        var foreign = new TaskCompletionSource();
        bool branchEnded = false;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            _ = Branch();
            await foreign.Task.ConfigureAwait(false);
        });
        await TurnAsync();
        PlainThread.Run(foreign.SetResult);
        await green;
        Assert.False(branchEnded);
        await AdvanceAsync(1000);
        Assert.True(branchEnded);

        async Task Branch()
        {
            await GreenThread.SleepAsync(Seconds(1000));
            branchEnded = true;
            Assert.Null(GreenThread.Current);
        }
    });

    [Fact]
    public void Body_WhoseBranchAwaitsBesideIt_IsNoticedHoweverTheyInterleave() => OnGreen(async () =>
    {
        var foreign = new TaskCompletionSource();
        GreenThread green = GreenThread.Spawn(async () =>
        {
            Task branch = Branch();
            await GreenThread.SleepAsync();
            await foreign.Task.ConfigureAwait(false);
            GC.KeepAlive(branch);
        });
        for (int i = 0; i < 5; i++)
        {
            await GreenThread.SleepAsync();
        }

        PlainThread.Run(foreign.SetResult);
        await green;

        static async Task Branch()
        {
            while (!GreenThread.Current?.IsDead ?? false)
            {
                await GreenThread.SleepAsync();
            }
        }
    });

    [Fact]
    public void Body_AwaitedInOneLibraryMethod_EndsWhereverThatEnds() => OnGreen(async () =>
    {
        GreenThread<int> green = GreenThread.Spawn(async () => await Inner().ConfigureAwait(false));
        Assert.Equal(7, await green);

        static async Task<int> Inner()
        {
            await GreenThread.SleepAsync().ConfigureAwait(false);
            await Task.Delay(1).ConfigureAwait(false);
            return 7;
        }
    });

    [Fact]
    public void SpawnN_ThatFails_IsReportedAtOnce_AndTheLoopLivesOn() => OnGreen(async () =>
    {
        var mine = new FormatException();
        GreenThread.SpawnN(async () =>
        {
            await GreenThread.SleepAsync();
            throw mine;
        });
        await TurnAsync();
        await TurnAsync();
        Assert.Same(mine, Assert.Single(TakeUnhandled()));
    });

    [Fact]
    public void AsyncVoid_InAGreenthread_RunsInIt_AndItsErrorIsReported() => OnGreen(async () =>
    {
        GreenThread? seen = null;
        var mine = new FormatException();
        GreenThread green = GreenThread.Spawn(async () =>
        {
            Fire();
            await GreenThread.SleepAsync();
            await GreenThread.SleepAsync();
            await GreenThread.SleepAsync();
        });
        await green;
        await TurnAsync();
        Assert.Same(green, seen);
        Assert.Same(mine, Assert.Single(TakeUnhandled()));

#pragma warning disable VSTHRD100 // The subject of the test.
        async void Fire()
        {
            await GreenThread.SleepAsync();
            seen = GreenThread.Current;
            throw mine;
        }
#pragma warning restore VSTHRD100
    });

    // hub_test.TestExceptionInGreenthread.test_exceptionpreservation, test_exceptionleaks
    [Fact]
    public void Exceptions_BeingHandled_StayInTheirGreenthread() => OnGreen(async () =>
    {
        List<string> log = [];
        GreenThread a = GreenThread.Spawn(() => Handle("a"));
        GreenThread b = GreenThread.Spawn(() => Handle("b"));
        await a;
        await b;
        Assert.Equal(["a: of a", "b: of b"], log);

        async Task Handle(string name)
        {
            try
            {
                throw new FormatException($"of {name}");
            }
            catch (FormatException)
            {
                try
                {
                    await GreenThread.SleepAsync();
                    throw;
                }
                catch (FormatException again)
                {
                    log.Add($"{name}: {again.Message}");
                }
            }
        }
    });

    [Fact]
    public void Greenthreads_ThatHaveEnded_AreForgottenByTheHub() => OnGreen(async () =>
    {
        Hub hub = GreenThread.Current!.Hub;
        for (int i = 0; i < 100; i++)
        {
            GreenThread.SpawnN(async () => await GreenThread.SleepAsync());
            _ = GreenThread.Spawn(() => Task.CompletedTask);
        }

        Assert.Equal(201, hub.Statistics.GreenThreads);
        await TurnAsync();
        await TurnAsync();
        Assert.Equal(1, hub.Statistics.GreenThreads);
    });
}

public sealed class BodyOnEpoll : BodyTests<EpollHub>;
public sealed class BodyOnIoUring : BodyTests<IoUringHub>;
public sealed class BodyOnPoll : BodyTests<PollHub>;
public sealed class BodyOnSelect : BodyTests<SelectHub>;
