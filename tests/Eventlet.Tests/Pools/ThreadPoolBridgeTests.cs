using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Pools;

public abstract class ThreadPoolBridgeTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    protected override void Dispose(bool disposing)
    {
        Assert.True(ThreadPoolBridge.Shutdown(Seconds(20)));
        base.Dispose(disposing);
    }

    [Fact]
    public void Call_RunsOnAThreadOfItsOwn_AndComesBackToTheHub() => OnGreen(async () =>
    {
        int here = Environment.CurrentManagedThreadId;
        using var go = new ManualResetEventSlim();
        GreenThread<int> caller = GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(() =>
        {
            Assert.Null(GreenThread.Current);
            Assert.StartsWith("tpool", Thread.CurrentThread.Name, StringComparison.Ordinal);
            go.Wait();
            return Environment.CurrentManagedThreadId;
        }));
        await TurnAsync();
        Assert.False(caller.IsDead);
        go.Set();
        Assert.NotEqual(here, await caller);
        Assert.Equal(here, Environment.CurrentManagedThreadId);
        bool called = false;
        await ThreadPoolBridge.ExecuteAsync(() => called = true);
        Assert.True(called);
    });

    [Fact]
    public void Error_IsThrownInTheCaller_WithItsType_AndATupleIsNoError() => OnGreen(async () =>
    {
        await Assert.ThrowsAsync<FormatException>(async () => await ThreadPoolBridge.ExecuteAsync<int>(() => throw new FormatException()));
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await ThreadPoolBridge.ExecuteAsync(() => throw new GreenTimeoutException()));
        Assert.Equal((1, 2, 3), await ThreadPoolBridge.ExecuteAsync(() => (1, 2, 3)));
    });

    [Fact]
    public void ManyCallers_GetTheirOwnResults() => OnGreen(async () =>
    {
        GreenThread<int>[] callers = [.. Enumerable.Range(0, 10).Select(i => GreenThread.Spawn(async () =>
        {
            int sum = 0;
            for (int j = 0; j < 50; j++)
            {
                int token = (i * 50) + j;
                Assert.Equal(token, await ThreadPoolBridge.ExecuteAsync(() => token));
                sum++;
            }

            return sum;
        }))];
        foreach (GreenThread<int> caller in callers)
        {
            Assert.Equal(50, await caller);
        }
    });

    [Fact]
    public void Caller_ThatIsInterrupted_AbandonsTheCall_AndItsOutcomeIsDropped() => OnGreen(async () =>
    {
        using var go = new ManualResetEventSlim();
        using var source = new CancellationTokenSource();
        int finished = 0;
        void Call()
        {
            go.Wait();
            Interlocked.Increment(ref finished);
        }

        GreenThread killed = GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(Call));
        GreenThread cancelled = GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(Call, source.Token));
        GreenThread limited = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(TimeSpan.FromTicks(1));
            await ThreadPoolBridge.ExecuteAsync(Call);
        });
        await TurnAsync();
        killed.Kill();
        await source.CancelAsync();
        await killed;
        Assert.IsType<OperationCanceledException>(await ErrorOf(cancelled));
        Assert.IsType<GreenTimeoutException>(await ErrorOf(limited));
        Assert.Equal(0, finished);
        go.Set();
    });

    [Fact]
    public void AbandonedCall_ThatHasNotBegun_NeverDoes() => OnGreen(async () =>
    {
        ThreadPoolBridge.Shutdown(Seconds(20));
        int size = ThreadPoolBridge.Size;
        ThreadPoolBridge.Size = 1;
        try
        {
            using var go = new ManualResetEventSlim();
            bool ran = false;
            GreenThread first = GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(go.Wait));
            GreenThread second = GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(() => ran = true));
            await TurnAsync();
            second.Kill();
            Assert.IsType<GreenletExit>(await ErrorOf(second));
            go.Set();
            await first;
            await ThreadPoolBridge.ExecuteAsync(() => { });
            Assert.False(ran);
            Assert.Throws<InvalidOperationException>(() => ThreadPoolBridge.Size = 2);
        }
        finally
        {
            ThreadPoolBridge.Shutdown(Seconds(20));
            ThreadPoolBridge.Size = size;
        }
    });

    [Fact]
    public void Shutdown_LetsTheCallsBeDone_IsBounded_AndALaterCallBeginsAnew() => OnGreen(async () =>
    {
        using var go = new ManualResetEventSlim();
        GreenThread<int> caller = GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(() =>
        {
            go.Wait();
            return 8;
        }));
        await TurnAsync();
        Assert.False(ThreadPoolBridge.Shutdown(TimeSpan.FromMilliseconds(1)));
        go.Set();
        Assert.Equal(8, await caller);
        Assert.Equal(9, await ThreadPoolBridge.ExecuteAsync(() => 9));
        Assert.True(ThreadPoolBridge.Shutdown(Seconds(20)));
    });

    [Fact]
    public void Call_FromWithinACall_RunsAtOnce() => OnGreen(async () =>
    {
        Assert.Equal(3, await ThreadPoolBridge.ExecuteAsync(() =>
        {
            int outer = Environment.CurrentManagedThreadId;
            return ThreadPoolBridge.Execute(() => Environment.CurrentManagedThreadId) == outer ? 3 : 0;
        }));
    });

    [Fact]
    public void Execute_InMain_Blocks_AndIsRefusedInside() => OnMain(() =>
    {
        Assert.Equal(2, ThreadPoolBridge.Execute(() => 2));
        Hubs.GetHub().Run(() =>
        {
            Assert.Throws<InvalidOperationException>(() => ThreadPoolBridge.Execute(() => 2));
            return Task.CompletedTask;
        });
    });

    [Theory]
    [InlineData(null, 20)]
    [InlineData("40", 40)]
    public void Size_FromTheEnvironment_IsAWholeNumberFromOneUp(string? text, int size) => Assert.Equal(size, ThreadPoolBridge.SizeOf(text));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("")]
    [InlineData("1.5")]
    public void Size_OfAnotherKind_IsAClearError(string text)
    {
        var error = Assert.Throws<InvalidOperationException>(() => ThreadPoolBridge.SizeOf(text));
        Assert.Contains(ThreadPoolBridge.EnvironmentVariable, error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ThreadPoolBridge.Size = 0);
    }

    [Fact]
    public void Call_ThatIsOver_KeepsNothingAlive_HoweverItEnded() => OnGreen(async () =>
    {
        WeakReference[] arguments = [await ArgumentOfACallAsync(fails: false), await ArgumentOfACallAsync(fails: true)];
        while (arguments.Any(argument => argument.IsAlive))
        {
            // What is left on the stack of an idle thread goes with its next call.
            await ThreadPoolBridge.ExecuteAsync(static () => { });
            GC.Collect();
        }
    });

    private static async Task<WeakReference> ArgumentOfACallAsync(bool fails)
    {
        object argument = new();
        Exception? error = await ErrorOf(async () => await ThreadPoolBridge.ExecuteAsync(() => fails ? throw new FormatException(argument.ToString()) : argument.GetHashCode()));
        Assert.Equal(fails, error is FormatException);
        return new WeakReference(argument);
    }

    [Fact]
    public void UpToTheSize_CallsRunAtOnce() => OnGreen(async () =>
    {
        using var all = new CountdownEvent(ThreadPoolBridge.Size);
        GreenThread[] callers = [.. Enumerable.Range(0, ThreadPoolBridge.Size).Select(_ => GreenThread.Spawn(async () => await ThreadPoolBridge.ExecuteAsync(() =>
        {
            all.Signal();
            all.Wait();
        })))];
        foreach (GreenThread caller in callers)
        {
            await caller;
        }
    });
}

public sealed class ThreadPoolBridgeOnEpoll : ThreadPoolBridgeTests<EpollHub>;
public sealed class ThreadPoolBridgeOnPoll : ThreadPoolBridgeTests<PollHub>;
public sealed class ThreadPoolBridgeOnSelect : ThreadPoolBridgeTests<SelectHub>;
