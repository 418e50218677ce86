using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>ExecutionContext flows into Spawn and InvokeAsync, not into Post, timers and listeners, and never from one to the next.</summary>
public abstract class ContextFlowTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private readonly AsyncLocal<string?> _value = new();

    [Fact]
    public void Context_FlowsIntoSpawnAndInvokeAsync_AndComesBackAfterWaits() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var seen = new List<string?>();
        async Task Body()
        {
            seen.Add(_value.Value);
            await GreenThread.SleepAsync();
            seen.Add(_value.Value);
            await Task.Yield();
            seen.Add(_value.Value);
        }

        _value.Value = "owner";
        GreenThread.Spawn(Body).Wait();
        GreenThread.SpawnN(Body);
        GreenThread.SpawnAfter(TimeSpan.FromMilliseconds(1), Body).Wait();
        hub.Run(Body);
        PlainThread.Run(() =>
        {
            _value.Value = "stranger";
            hub.InvokeAsync(Body).GetAwaiter().GetResult();
        });
        Assert.Equal(Enumerable.Repeat("owner", 12).Concat(Enumerable.Repeat("stranger", 3)), seen);
        Assert.Equal("owner", _value.Value);
    });

    [Fact]
    public void Context_DoesNotFlowIntoPostTimersAndListeners() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Pipes.Write(writer);
        Hub hub = Hubs.GetHub();
        var seen = new List<string?>();
        _value.Value = "owner";
        hub.Post(() => seen.Add(_value.Value));
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => seen.Add(_value.Value));
        hub.ScheduleCallLocal(TimeSpan.Zero, () => seen.Add(_value.Value));
        FdListener? listener = null;
        listener = hub.Add(FdEvent.Read, reader, _ =>
        {
            seen.Add(_value.Value);
            hub.Remove(listener!);
        });
        hub.Run(async () =>
        {
            _value.Value = "greenthread";
            hub.Post(() => seen.Add(_value.Value));
            hub.ScheduleCallGlobal(TimeSpan.Zero, () => seen.Add(_value.Value));
            while (seen.Count < 6)
            {
                await GreenThread.SleepAsync();
            }
        });
        Assert.Equal(Enumerable.Repeat<string?>(null, 6), seen);
        Assert.Equal("owner", _value.Value);
    });

    [Fact]
    public void Context_NeverLeaksFromOneStepIntoTheNext() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var leaked = new List<string?>();
        GreenThread[] greens = [.. Enumerable.Range(0, 20).Select(number => GreenThread.Spawn(async () =>
        {
            Note(null);
            for (int i = 0; i < 20; i++)
            {
                // Set in a step that goes on in a wait, in one after a foreign task, and in callbacks in between.
                _value.Value = $"{number}";
                await GreenThread.SleepAsync();
                Note($"{number}");
                hub.Post(Callback);
                hub.ScheduleCallGlobal(TimeSpan.Zero, Callback);
                await Task.Yield();
                Note($"{number}");
            }
        }))];

        void Callback()
        {
            Note(null);
            _value.Value = "callback";
        }

        void Note(string? expected)
        {
            if (_value.Value != expected)
            {
                leaked.Add($"{_value.Value} instead of {expected}");
            }
        }

        Assert.All(greens, green => green.Wait());
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.Empty(leaked);
        Assert.Null(_value.Value);
    });

    [Fact]
    public void Context_SetByTheSynchronousPartOfABody_StaysThere() => OnHub(async () =>
    {
        _value.Value = "outer";
        string? inner = "unset";
        GreenThread green = GreenThread.Spawn(() =>
        {
            _value.Value = "inner";
            GreenThread.SpawnN(() =>
            {
                inner = _value.Value;
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
        await green;
        await GreenThread.SleepAsync();
        Assert.Equal("outer", _value.Value);
        Assert.Equal("inner", inner);
    });

    [Fact]
    public void SynchronizationContext_OfTheCaller_IsBackAfterABlockingCall() => OnOwner(() =>
    {
        var own = new SynchronizationContext();
        SynchronizationContext.SetSynchronizationContext(own);
        GreenThread.Spawn(async () => await GreenThread.SleepAsync()).Wait();
        Assert.Same(own, SynchronizationContext.Current);
        SynchronizationContext.SetSynchronizationContext(null);
        GreenThread.Sleep();
        Assert.Null(SynchronizationContext.Current);
    });
}

/// <summary>On epoll.</summary>
public sealed class ContextFlowOnEpoll : ContextFlowTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class ContextFlowOnIoUring : ContextFlowTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class ContextFlowOnPoll : ContextFlowTests<PollHub>;

/// <summary>On select.</summary>
public sealed class ContextFlowOnSelect : ContextFlowTests<SelectHub>;
