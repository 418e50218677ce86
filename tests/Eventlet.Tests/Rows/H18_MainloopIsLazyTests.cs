using Eventlet.Tests.Support;
using Opened = Eventlet.Tests.Support.Descriptors;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>H18: MAINLOOP is launched by the first wait only, and is not where main runs.</summary>
public abstract class H18_MainloopIsLazyTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public async Task Program_ThatNeverWaits_StartsNoThreadAndOpensNoDescriptor()
    {
        ChildResult result = await ChildProcess.RunAsync("plain-main lazy", new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName });
        Assert.Equal("", result.Expect().Output.Trim());
    }

    [Fact]
    public void Hub_BeforeTheFirstWait_HasOpenedNothing_AndHasAfterwards() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Pipes.Write(writer);
        IReadOnlySet<Descriptor> before = Opened.OfKernelObjects();
        Hub hub = Hubs.GetHub();
        GreenThread green = GreenThread.Spawn(() => Task.CompletedTask);
        HubTimer timer = hub.ScheduleCallGlobal(TimeSpan.Zero, () => { });
        FdListener listener = hub.Add(FdEvent.Read, reader, _ => { });
        hub.Remove(listener);
        timer.Cancel();
        Assert.False(hub.IsRunning);
        Assert.False(green.IsDead);
        Assert.Equal(0, hub.Statistics.Turns);
        Assert.Empty(Opened.OfKernelObjects().Except(before));

        Hubs.Trampoline(reader, read: true);
        Assert.True(green.IsDead);
        Assert.NotEmpty(Opened.OfKernelObjects().Except(before));
    });

    [Fact]
    public void GreenThreadCurrent_InMainAndCallbacks_IsNull_InABodyItIsNot() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        var seen = new List<GreenThread?> { GreenThread.Current };
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => seen.Add(GreenThread.Current));
        hub.Post(() => seen.Add(GreenThread.Current));
        GreenThread? inside = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            inside = GreenThread.Current;
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            Assert.Same(inside, GreenThread.Current);
        });
        green.Wait();
        seen.Add(GreenThread.Current);
        Assert.Same(green, inside);
        Assert.Equal([null, null, null, null], seen);
    });

    [Fact]
    public void GreenThreadCurrent_OfAnotherThread_IsNull() => OnHub(async () =>
    {
        Assert.NotNull(GreenThread.Current);
        Assert.Null(await Task.Run(() => GreenThread.Current));
        Assert.Null(PlainThread.Run(() => GreenThread.Current));
    });
}

/// <summary>On epoll.</summary>
public sealed class H18_MainloopIsLazyOnEpoll : H18_MainloopIsLazyTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class H18_MainloopIsLazyOnIoUring : H18_MainloopIsLazyTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class H18_MainloopIsLazyOnPoll : H18_MainloopIsLazyTests<PollHub>;

/// <summary>On select.</summary>
public sealed class H18_MainloopIsLazyOnSelect : H18_MainloopIsLazyTests<SelectHub>;
