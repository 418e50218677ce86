using System.Text;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>A call that was aborted leaves no wait behind which would stand in the way of the next one, or take what is meant for it.</summary>
public abstract class GivenUpWaitTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    [Fact]
    public void Trampoline_ThatWasAborted_LeavesItsDescriptor() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => hub.Abort());
        Assert.ThrowsAny<OperationCanceledException>(() => Hubs.Trampoline(reader, read: true));
        Assert.Equal(0, hub.Statistics.Readers);
        Pipes.Write(writer);
        Hubs.Trampoline(reader, read: true);
    });

    [Fact]
    public void Sleep_ThatWasAborted_LeavesNoTimer() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => hub.Abort());
        Assert.ThrowsAny<OperationCanceledException>(() => GreenThread.Sleep(Forever));
        Assert.Equal(0, hub.Statistics.Timers);
    });

    [Fact]
    public void Accept_ThatWasAborted_TakesNoLaterConnection() => OnOwner(() =>
    {
        using TestListener listener = TestListener.Make();
        Hub hub = Hubs.GetHub();
        Task<GreenSocket> given = listener.Socket.AcceptAsync().AsTask();
        hub.InvokeAsync(() => Task.CompletedTask).GetAwaiter().GetResult();
        Assert.Equal(1, hub.Statistics.Readers);
        hub.Abort(wait: true);
        Assert.ThrowsAny<OperationCanceledException>(() => given.GetAwaiter().GetResult());
        using GreenSocket client = GreenNet.Connect(listener.Address);
        using GreenSocket accepted = listener.Socket.Accept();
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Receive_ThatWasInterrupted_LeavesItsBytesToTheNext_InTheirOrder(bool isInterruptedLate) => OnHubAlone(async () =>
    {
        Hub hub = Hubs.GetHub();
        using Pair pair = await Pair.MakeAsync();
        byte[] first = new byte[1];
        Task<int> outside = await BeginOutsideAsync(hub, () => pair.Server.ReceiveAsync(first));
        if (!isInterruptedLate)
        {
            hub.Outsiders.Interrupt(static () => new OperationCanceledException());
        }

        await pair.Client.SendAllAsync("12"u8.ToArray());
        while (hub.Statistics.Readers != 0)
        {
            await GreenThread.SleepAsync();
        }

        // The wait is over now, and stands on the ready queue behind this.
        if (isInterruptedLate)
        {
            hub.Outsiders.Interrupt(static () => new OperationCanceledException());
        }

        byte[] rest = new byte[2];
        int count = await pair.Server.ReceiveAsync(rest);
        if (count == 1 && !isInterruptedLate)
        {
            count += await pair.Server.ReceiveAsync(rest.AsMemory(1));
        }

        string taken = isInterruptedLate ? Encoding.ASCII.GetString(first, 0, await outside) : "";
        Assert.Equal("12", taken + Encoding.ASCII.GetString(rest, 0, count));
        if (!isInterruptedLate)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outside);
        }

        hub.Outsiders.ForgetInterruption();
    });

    [Fact]
    public void Accept_ThatWasInterrupted_LeavesItsConnectionToTheNext_InTheirOrder() => OnHubAlone(async () =>
    {
        Hub hub = Hubs.GetHub();
        using TestListener listener = TestListener.Make();
        Task<GreenSocket> outside = await BeginOutsideAsync(hub, () => listener.Socket.AcceptAsync());
        hub.Outsiders.Interrupt(static () => new OperationCanceledException());
        using GreenSocket one = await GreenNet.ConnectAsync(listener.Address);
        using GreenSocket two = await GreenNet.ConnectAsync(listener.Address);
        while (hub.Statistics.Readers != 0)
        {
            await GreenThread.SleepAsync();
        }

        using GreenSocket next = await listener.Socket.AcceptAsync();
        using GreenSocket after = await listener.Socket.AcceptAsync();
        Assert.Equal((one.LocalEndPoint, two.LocalEndPoint), (next.RemoteEndPoint, after.RemoteEndPoint));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outside);
    });

    /// <summary>Runs a greenthread for which nobody waits outside, so that an interruption is another's.</summary>
    private static void OnHubAlone(Func<Task> body)
    {
        using Hub hub = Hub.Start(THub.HubName);
        using var over = new ManualResetEventSlim();
        Exception? failure = null;
        hub.Post(() => GreenThread.SpawnN(async () =>
        {
            failure = await Record.ExceptionAsync(body);
            over.Set();
        }));
        over.Wait();
        Assert.Null(failure);
    }

    /// <summary>Begins a wait in a callback, which is no greenthread, and sees it armed.</summary>
    private static async Task<Task<T>> BeginOutsideAsync<T>(Hub hub, Func<ValueTask<T>> begin)
    {
        Task<T>? outside = null;
        hub.Post(() => outside = begin().AsTask());
        while (hub.Statistics.Readers == 0)
        {
            await GreenThread.SleepAsync();
        }

        return outside!;
    }
}

/// <summary>On epoll.</summary>
public sealed class GivenUpWaitTestsOnEpoll : GivenUpWaitTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class GivenUpWaitTestsOnIoUring : GivenUpWaitTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class GivenUpWaitTestsOnPoll : GivenUpWaitTests<PollHub>;

/// <summary>On select.</summary>
public sealed class GivenUpWaitTestsOnSelect : GivenUpWaitTests<SelectHub>;
