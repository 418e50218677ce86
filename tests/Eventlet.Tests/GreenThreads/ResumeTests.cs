using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.GreenThreads;

/// <summary>Where waits resume.</summary>
public abstract class ResumeTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void ForeignAwaits_ComeBackToTheHubAndTheGreenthread() => OnGreen(async () =>
    {
        int thread = Environment.CurrentManagedThreadId;
        GreenThread[] greens = [.. Enumerable.Range(0, 10).Select(_ => GreenThread.Spawn(Foreign))];
        await Task.WhenAll(greens.Select(green => green.AsTask()));

        async Task Foreign()
        {
            GreenThread me = GreenThread.Current!;
            await Task.Delay(1);
            Here("Task.Delay");
            await Task.Yield();
            Here("Task.Yield");
            await Task.Run(() => Assert.Null(GreenThread.Current));
            Here("Task.Run");
            var source = new TaskCompletionSource();
            var completer = new Thread(source.SetResult);
            completer.Start();
            await source.Task;
            Here("a task completed by a thread");
            await Task.WhenAll(Task.Delay(1), GreenThread.SleepAsync().AsTask());
            Here("WhenAll");
            await await Task.WhenAny(Task.Delay(Timeout.Infinite), GreenThread.Spawn(() => Task.Delay(1)).AsTask());
            Here("WhenAny");
            await Assert.ThrowsAsync<TimeoutException>(() => new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromMilliseconds(1)));
            Here("WaitAsync");
            completer.Join();

            void Here(string after)
            {
                Assert.True(thread == Environment.CurrentManagedThreadId, $"another thread after {after}");
                Assert.True(ReferenceEquals(me, GreenThread.Current), $"another greenthread after {after}");
            }
        }
    });

    [Fact]
    public void ForeignAwait_WithConfigureAwaitFalse_LeavesTheGreenthread() => OnGreen(async () =>
    {
        var source = new TaskCompletionSource();
        GreenThread<bool> green = GreenThread.Spawn(async () =>
        {
            await source.Task.ConfigureAwait(false);
            return GreenThread.Current is null && SynchronizationContext.Current is null && Thread.CurrentThread.IsThreadPoolThread;
        });
        await GreenThread.SleepAsync();
        await Task.Run(source.SetResult);
        Assert.True(await green);
    });

    [Fact]
    public void HubWait_WithConfigureAwaitFalse_StaysInTheGreenthread_WithoutAContext() => OnGreen(async () =>
    {
        GreenThread me = GreenThread.Current!;
        int thread = Environment.CurrentManagedThreadId;
        Assert.NotNull(SynchronizationContext.Current);
        await GreenThread.SleepAsync(TimeSpan.FromTicks(1)).ConfigureAwait(false);
        Assert.Same(me, GreenThread.Current);
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        Assert.Null(SynchronizationContext.Current);
        await GreenThread.SleepAsync();
        Assert.Same(me, GreenThread.Current);
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
    });

    [Fact]
    public void Greenthreads_SeeTheirOwnContext_AndCallbacksAnother() => OnGreen(async () =>
    {
        SynchronizationContext? mine = SynchronizationContext.Current;
        SynchronizationContext? others = null;
        SynchronizationContext? callbacks = null;
        await GreenThread.Spawn(() =>
        {
            others = SynchronizationContext.Current;
            return Task.CompletedTask;
        });
        GreenThread.Current!.Hub.Post(() => callbacks = SynchronizationContext.Current);
        await TurnAsync();
        Assert.NotNull(others);
        Assert.NotNull(callbacks);
        Assert.NotSame(mine, others);
        Assert.NotSame(mine, callbacks);
        Assert.Same(mine, SynchronizationContext.Current);
        Assert.Same(mine, mine!.CreateCopy());
    });

    [Fact]
    public void Main_AfterABlockingCall_HasItsOwnContextsBack() => OnMain(() =>
    {
        var mine = new PumpContext();
        SynchronizationContext.SetSynchronizationContext(mine);
        var local = new AsyncLocal<string> { Value = "main" };
        GreenThread.Spawn(() =>
        {
            local.Value = "green";
            return Task.CompletedTask;
        }).Wait();
        Assert.Same(mine, SynchronizationContext.Current);
        Assert.Equal("main", local.Value);
        SynchronizationContext.SetSynchronizationContext(null);
    });

    [Fact]
    public void OutsideAwait_WithAContextOfItsOwn_ResumesThere() => OnMain(() =>
    {
        using Hub hub = StartHub();
        var pump = new PumpContext();
        int here = Environment.CurrentManagedThreadId;
        pump.Run(async () =>
        {
            await hub.Spawn(async () => await GreenThread.SleepAsync());
            Assert.Equal(here, Environment.CurrentManagedThreadId);
            Assert.Same(pump, SynchronizationContext.Current);
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            Assert.Equal(here, Environment.CurrentManagedThreadId);
            Assert.Equal(3, await hub.InvokeAsync(() => Task.FromResult(3)));
            Assert.Equal(here, Environment.CurrentManagedThreadId);
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1)).ConfigureAwait(false);
            Assert.True(Thread.CurrentThread.IsThreadPoolThread);
        });
    });

    [Fact]
    public void OutsideAwait_WithoutAContext_ResumesOnThePool() => OnMain(() =>
    {
        using Hub hub = StartHub();
        Hub mine = Hubs.GetHub();
        Run().GetAwaiter().GetResult();

        async Task Run()
        {
            // Nobody runs this hub before the await.
            GreenThread<int> green = mine.Spawn(() => Task.FromResult(1));
            Assert.Equal(1, await green);
            AssertPool();
            await hub.Spawn(async () => await GreenThread.SleepAsync());
            AssertPool();
            await mine.InvokeAsync(() => Task.CompletedTask);
            AssertPool();
            await mine.Spawn(async () => await GreenThread.SleepAsync()).AsTask();
            AssertPool();
        }

        void AssertPool()
        {
            Assert.True(Thread.CurrentThread.IsThreadPoolThread);
            Assert.False(hub.IsCurrent || mine.IsCurrent);
            Assert.Null(GreenThread.Current);
        }
    });

    [Fact]
    public void CallbackOfAHub_ThatAwaits_ResumesOnTheHubInNoGreenthread() => OnGreen(async () =>
    {
        int thread = Environment.CurrentManagedThreadId;
        var done = new TaskCompletionSource<(int, GreenThread?)>();
#pragma warning disable VSTHRD101 // async void in a callback is what is tested.
        GreenThread.Current!.Hub.Post(async () =>
        {
            await Task.Delay(1);
            done.SetResult((Environment.CurrentManagedThreadId, GreenThread.Current));
        });
#pragma warning restore VSTHRD101
        Assert.Equal((thread, null), await done.Task);
    });

    [Fact]
    public void ContextOfAGreenthread_PostAndSend_RunInIt() => OnGreen(async () =>
    {
        GreenThread me = GreenThread.Current!;
        SynchronizationContext context = SynchronizationContext.Current!;
        int thread = Environment.CurrentManagedThreadId;
        List<string> log = [];
        context.Post(_ => log.Add($"posted {ReferenceEquals(me, GreenThread.Current)}"), null);
        log.Add("after Post");
        context.Send(_ => log.Add($"sent {ReferenceEquals(me, GreenThread.Current)}"), null);
        await TurnAsync();
        Assert.Equal(["after Post", "sent True", "posted True"], log);

        int sentOn = 0;
        await Task.Run(() => context.Send(_ => sentOn = Environment.CurrentManagedThreadId, null));
        Assert.Equal(thread, sentOn);
        await Task.Run(() => Assert.Throws<FormatException>(() => context.Send(_ => throw new FormatException(), null)));
    });

    [Fact]
    public void Callbacks_LeakNoExecutionContext() => OnGreen(async () =>
    {
        var local = new AsyncLocal<string> { Value = "green" };
        List<string?> seen = [];
        Hub hub = GreenThread.Current!.Hub;
        hub.Post(() =>
        {
            seen.Add(local.Value);
            local.Value = "leak";
        });
        hub.Post(() => seen.Add(local.Value));
        hub.ScheduleCallGlobal(default, () => seen.Add(local.Value));
        await TurnAsync();
        Assert.Equal([null, null, null], seen);
        Assert.Equal("green", local.Value);
    });

    /// <summary>A context as a user interface has: one thread that pumps.</summary>
    private sealed class PumpContext : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback, object?)> _queue = [];

        public override void Post(SendOrPostCallback d, object? state) => _queue.Add((d, state));

        internal void Run(Func<Task> body)
        {
            SetSynchronizationContext(this);
            try
            {
                Task task = body();
                task.ContinueWith(_ => _queue.CompleteAdding(), TaskScheduler.Default);
                foreach ((SendOrPostCallback callback, object? state) in _queue.GetConsumingEnumerable())
                {
                    callback(state);
                }

                task.GetAwaiter().GetResult();
            }
            finally
            {
                SetSynchronizationContext(null);
            }
        }
    }
}

public sealed class ResumeOnEpoll : ResumeTests<EpollHub>;
public sealed class ResumeOnIoUring : ResumeTests<IoUringHub>;
public sealed class ResumeOnPoll : ResumeTests<PollHub>;
public sealed class ResumeOnSelect : ResumeTests<SelectHub>;

/// <summary>ValueTasks of the library in the hands of awaiters that do what they should not, or what the compiler would not.</summary>
public abstract class ValueTaskTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Wait_AwaitedTwiceAtOnce_FailsTheSecondAwaiter_InItsGreenthread() => OnGreen(async () =>
    {
        GreenThread me = GreenThread.Current!;
        ValueTask<object?> wait = me.Hub.SwitchAsync();
        Task<object?> first = First(wait);
        Exception? second = null;
        try
        {
            await wait;
        }
        catch (InvalidOperationException error)
        {
            second = error;
        }

        Assert.NotNull(second);
        Assert.Same(me, GreenThread.Current);
        Assert.NotNull(SynchronizationContext.Current);
        me.Switch("first");
        Assert.Equal("first", await first);
        Assert.Same(me, GreenThread.Current);

        static async Task<object?> First(ValueTask<object?> wait) => await wait;
    });

    [Fact]
    public void Wait_AwaitedAgainLater_FailsTheSecondAwaiter() => OnGreen(async () =>
    {
        ValueTask wait = GreenThread.SleepAsync();
        await wait;
        Assert.IsType<InvalidOperationException>(await ErrorOf(async () => await wait));
        ValueTask other = GreenThread.SleepAsync();
        Assert.IsType<InvalidOperationException>(await ErrorOf(async () => await wait));
        await other;
    });

    [Fact]
    public void OutsideWait_AwaitedTwice_FailsTheSecondAwaiter_AndEndsNoProcess() => OnMain(() =>
    {
        using Hub hub = StartHub();
        GreenThread green = hub.Spawn(async () => await hub.SwitchAsync());
        ValueTaskAwaiter awaiter = green.GetAwaiter();
        ValueTaskAwaiter copy = awaiter;
        using var firstResumed = new ManualResetEventSlim();
        using var secondResumed = new ManualResetEventSlim();
        Exception? second = null;
        awaiter.UnsafeOnCompleted(firstResumed.Set);
        Assert.Null(Record.Exception(() => copy.UnsafeOnCompleted(() =>
        {
            second = Record.Exception(copy.GetResult);
            secondResumed.Set();
        })));
        secondResumed.Wait();
        Assert.IsType<InvalidOperationException>(second);
        hub.Post(() => green.Switch());
        firstResumed.Wait();
        awaiter.GetResult();
        Assert.IsType<InvalidOperationException>(Record.Exception(copy.GetResult));
    });

    [Fact]
    public void Wait_HandedToAnotherThread_ResumesItsAwaiterOnTheHub() => OnGreen(async () =>
    {
        GreenThread me = GreenThread.Current!;
        int thread = Environment.CurrentManagedThreadId;
        for (int i = 0; i < 100; i++)
        {
            ValueTask wait = GreenThread.SleepAsync(TimeSpan.FromTicks(i % 3));
            (int Thread, bool IsMine) resumed = await Task.Run(async () =>
            {
                ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter awaiter = wait.ConfigureAwait(false).GetAwaiter();
                var source = new TaskCompletionSource<(int, bool)>();
                awaiter.UnsafeOnCompleted(() =>
                {
                    awaiter.GetResult();
                    source.SetResult((Environment.CurrentManagedThreadId, ReferenceEquals(me, GreenThread.Current)));
                });
                return await source.Task;
            });
            Assert.Equal((thread, true), resumed);
        }
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnCompleted_UnlikeUnsafeOnCompleted_FlowsTheExecutionContext(bool fromAnotherThread) => OnGreen(async () =>
    {
        var local = new AsyncLocal<string>();
        List<string?> seen = [];
        ValueTask flowing = GreenThread.SleepAsync();
        ValueTask bare = GreenThread.SleepAsync();
        ValueTaskAwaiter first = flowing.GetAwaiter();
        ValueTaskAwaiter second = bare.GetAwaiter();
        void Attach()
        {
            local.Value = "flows";
            first.OnCompleted(() =>
            {
                first.GetResult();
                seen.Add(local.Value);
            });
            second.UnsafeOnCompleted(() =>
            {
                second.GetResult();
                seen.Add(local.Value);
            });
            local.Value = "after";
        }

        if (fromAnotherThread)
        {
            PlainThread.Run(Attach);
        }
        else
        {
            Attach();
        }

        await TurnAsync();
        await TurnAsync();
        Assert.Equal(["flows", null], seen);
    });
}

public sealed class ValueTaskOnEpoll : ValueTaskTests<EpollHub>;
public sealed class ValueTaskOnIoUring : ValueTaskTests<IoUringHub>;
public sealed class ValueTaskOnPoll : ValueTaskTests<PollHub>;
public sealed class ValueTaskOnSelect : ValueTaskTests<SelectHub>;
