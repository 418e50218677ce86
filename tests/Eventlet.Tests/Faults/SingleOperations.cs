using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Interop;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Faults;

/// <summary>The operations that have ways of their own to meet a fault. Each does it once, checks what it can, and throws what the operation throws.</summary>
internal static partial class SingleOperations
{
    private const int Always = 1000;
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    internal static Task PerformAsync(FaultLab lab, FaultCell cell) => cell.Operation switch
    {
        Operation.SendTo => SendToAsync(lab, cell),
        Operation.Shutdown => ShutdownAsync(lab, cell),
        Operation.Close => CloseAsync(lab, cell),
        Operation.RemoveListener => RemoveListenerAsync(lab, cell),
        Operation.Modify => ModifyAsync(lab, cell),
        Operation.Unregister => UnregisterAsync(lab, cell),
        Operation.Wait => WaitAsync(lab, cell),
        Operation.Wake => WakeAsync(lab, cell),
        Operation.MakeWakeup => MakeWakeupAsync(lab, cell),
        Operation.StartHub => StartHubAsync(lab, cell),
        Operation.StartThread => StartThreadAsync(lab),
        Operation.MakeSocket => MakeSocketAsync(lab),
        _ => throw new ArgumentOutOfRangeException(nameof(cell), cell, null),
    };

    private static async Task SendToAsync(FaultLab lab, FaultCell cell)
    {
        using GreenSocket here = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
        using GreenSocket there = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
        lab.Script.Fail(lab.HubName == "io_uring" ? SystemCall.SendMessage : SystemCall.SendTo, cell.Errno, FaultLab.Fd(here), times: cell.Fault == Fault.EINTR ? 5 : 1);
        Exception? error = await Record.ExceptionAsync(async () => await here.SendToAsync(new byte[5], there.LocalEndPoint!));
        if (error is not null)
        {
            // Nothing was sent; the next one is.
            await here.SendToAsync(new byte[5], there.LocalEndPoint!);
        }

        Assert.Equal(5, (await there.ReceiveFromAsync(new byte[9])).Count);
        there.Timeout = TimeSpan.Zero;
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await there.ReceiveFromAsync(new byte[9]));
        if (error is not null)
        {
            throw error;
        }
    }

    private static async Task ShutdownAsync(FaultLab lab, FaultCell cell)
    {
        using Pair pair = await Pair.MakeAsync();
        lab.Script.Fail(SystemCall.Shutdown, cell.Errno, FaultLab.Fd(pair.Client));
        try
        {
            pair.Client.Shutdown(SocketShutdown.Send);
        }
        finally
        {
            pair.Client.Shutdown(SocketShutdown.Send);
            Assert.Empty(await Pattern.ReceiveAsync(pair.Server, 1));
        }
    }

    private static async Task CloseAsync(FaultLab lab, FaultCell cell)
    {
        using Pair pair = await Pair.MakeAsync();
        lab.Script.FailAfterwards(SystemCall.Close, cell.Errno, FaultLab.Fd(pair.Server));
        pair.Server.Close();
        Assert.Empty(await Pattern.ReceiveAsync(pair.Client, 1));
        Assert.Equal(1, lab.Script.Fired);
    }

    private static async Task RemoveListenerAsync(FaultLab lab, FaultCell cell)
    {
        Hub hub = Hubs.GetHub();
        (int Reader, int Writer)[] pipes = [lab.Open.Pipe(), lab.Open.Pipe()];
        var listeners = new FdListener[2];
        int called = 0;
        for (int i = 0; i < 2; i++)
        {
            listeners[i] = hub.Add(FdEvent.Read, pipes[i].Reader, _ =>
            {
                // Both are ready in one batch: whichever is called first removes both.
                called++;
                hub.Remove(listeners[0]);
                hub.Remove(listeners[1]);
            });
        }

        await Turns.PassAsync();
        if (cell.Fault == Fault.StaleEvent)
        {
            Array.ForEach(pipes, pipe => Fds.Write(pipe.Writer, 1));
            await Turns.PassAsync();
            Assert.Equal(1, called);
            lab.Counted++;
            return;
        }

        lab.Script.FailAfterwards(SystemCall.EpollDelete, cell.Errno, pipes[0].Reader);
        hub.Remove(listeners[0]);
        hub.Remove(listeners[1]);
        Array.ForEach(pipes, pipe => Fds.Write(pipe.Writer, 1));
        await Turns.PassAsync();
        Assert.Equal(0, called);
    }

    private static async Task ModifyAsync(FaultLab lab, FaultCell cell)
    {
        int fd = lab.Open.SocketPair().A;
        GreenThread old = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true));
        await Turns.PassAsync();
        lab.Script.Fail(lab.HubName == "epoll" ? SystemCall.EpollModify : FaultLab.Registration(lab.HubName), cell.Errno, fd);
        await Hubs.TrampolineAsync(fd, write: true);
        await Assert.ThrowsAsync<IOClosedException>(async () => await old);
    }

    private static async Task UnregisterAsync(FaultLab lab, FaultCell cell)
    {
        (int reader, int writer) = lab.Open.Pipe();
        lab.Script.FailAfterwards(SystemCall.EpollDelete, cell.Errno, reader);
        Fds.Write(writer, 1);
        await Hubs.TrampolineAsync(reader, read: true);
        await Hubs.TrampolineAsync(reader, read: true);
    }

    private static async Task WaitAsync(FaultLab lab, FaultCell cell)
    {
        switch (cell.Fault)
        {
            case Fault.SpuriousReadiness:
                lab.Factory.InventForNobody(4000, Readiness.Read | Readiness.HangUp);
                lab.Factory.InventForNobody(4000, Readiness.Invalid);
                await Turns.PassAsync();
                break;
            case Fault.EventsOutOfOrder:
                await lab.CrowdAsync(() => Task.CompletedTask);
                break;
            case Fault.StaleEvent:
                using (var trampoline = new TrampolineOperation(lab))
                {
                    await trampoline.PerformAsync(cell, atOnce: false);
                }

                break;
            default:
                if (cell.Ending == Ending.EndsHub)
                {
                    lab.FailWait(cell.Errno);
                    await GreenThread.SleepAsync(Forever);
                }

                lab.FailWait(cell.Errno, times: 5);

                while (lab.Fired < 5)
                {
                    // With somebody ready io_uring need not be asked at all.
                    await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
                }

                break;
        }
    }

    private static async Task WakeAsync(FaultLab lab, FaultCell cell)
    {
        Hub hub = Hubs.GetHub();
        lab.Script.Fail(SystemCall.Write, cell.Errno, times: cell.Ending == Ending.EndsHub ? Always : 3);
        int run = 0;
        PlainThread.Started<Exception?> asking = PlainThread.Start(() => Record.Exception(() =>
        {
            // A hub that is awake is not woken: until one call has met it asleep.
            for (int asked = 1; lab.Script.Fired == 0; asked++)
            {
                hub.InvokeAsync(() =>
                {
                    run++;
                    return Task.CompletedTask;
                }).GetAwaiter().GetResult();
                Assert.Equal(asked, Volatile.Read(ref run));
            }
        }));
        if (cell.Ending == Ending.EndsHub)
        {
            await GreenThread.SleepAsync(Forever);
        }

        while (!asking.HasEnded)
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        }

        Assert.Null(asking.Join());
    }

    private static Task MakeWakeupAsync(FaultLab lab, FaultCell cell)
    {
        lab.Script.Fail(SystemCall.Eventfd, cell.Errno, times: Always);
        if (cell.Ending == Ending.Throws)
        {
            lab.Script.Fail(SystemCall.Pipe, cell.Errno, times: Always);
        }

        PlainThread.Run(() =>
        {
            using Hub hub = Hub.Start(lab.HubName);
            Assert.Equal(7, hub.InvokeAsync(() => Task.FromResult(7)).GetAwaiter().GetResult());
        });
        return Task.CompletedTask;
    }

    private static Task StartHubAsync(FaultLab lab, FaultCell cell)
    {
        PlainThread.Run(() =>
        {
            Hubs.UseHub(lab.HubName);
            using Hub hub = Hubs.GetHub();
            if (cell.Fault == Fault.ENOSPC)
            {
                lab.Script.Fail(SystemCall.EpollAdd, cell.Errno);
            }
            else if (lab.HubName is "epoll" or "io_uring")
            {
                lab.Script.Fail(lab.HubName == "epoll" ? SystemCall.EpollCreate : SystemCall.RingSetup, cell.Errno);
            }
            else
            {
                lab.Script.Fail(SystemCall.Eventfd, cell.Errno);
                lab.Script.Fail(SystemCall.Pipe, cell.Errno);
            }

            int Ask() => hub.InvokeAsync(() => Task.FromResult(7)).GetAwaiter().GetResult();
            try
            {
                Ask();
            }
            finally
            {
                Assert.Equal(7, Ask());
            }
        });
        return Task.CompletedTask;
    }

    private static async Task StartThreadAsync(FaultLab lab)
    {
        ChildResult result = (await ChildProcess.RunAsync($"no-threads {lab.HubName}", new Dictionary<string, string?>(StringComparer.Ordinal) { ["LD_PRELOAD"] = SystemCallSeam.Path })).Expect();
        Assert.Equal("done\n", result.Output);
        lab.Counted++;

        // What each of the child's calls got; it has ended with an error if it was anything else.
        throw new HubException("no thread");
    }

    private static unsafe Task MakeSocketAsync(FaultLab lab)
    {
        using (new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            // Everything that the next one needs, and what it throws is loaded: to load an assembly takes a descriptor.
            _ = new SocketException((int)SocketError.TooManyOpenSockets).Message;
        }

        const int RLIMIT_NOFILE = 7;
        (ulong Soft, ulong Hard) limit;
        Assert.Equal(0, getrlimit(RLIMIT_NOFILE, &limit));
        (ulong Soft, ulong Hard) none = (0, limit.Hard);
        Assert.Equal(0, setrlimit(RLIMIT_NOFILE, &none));
        try
        {
            lab.Counted++;
            new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp).Close();
        }
        finally
        {
            Assert.Equal(0, setrlimit(RLIMIT_NOFILE, &limit));
        }

        return Task.CompletedTask;
    }

    [LibraryImport("libc")]
    private static unsafe partial int getrlimit(int resource, (ulong Soft, ulong Hard)* limit);

    [LibraryImport("libc")]
    private static unsafe partial int setrlimit(int resource, (ulong Soft, ulong Hard)* limit);
}
