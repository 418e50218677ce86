using System.Net.Sockets;
using Eventlet.Interop;
using Eventlet.Net;
using Eventlet.Tests.Net;

namespace Eventlet.Tests.Faults;

/// <summary>A connect, and a byte that goes over it.</summary>
internal sealed class ConnectOperation(FaultLab lab) : WaitingOperation(lab)
{
    private readonly TestListener _listener = TestListener.Make();
    private readonly GreenSocket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TaskCompletionSource _begin = new();

    internal override int Fd => FaultLab.Fd(_socket);

    internal override SystemCall Call => SystemCall.Connect;

    internal override Readiness What => Readiness.Write;

    internal override Task ArrangeAsync()
    {
        _socket.Home = _listener.Socket.Home = Hubs.GetHub();
        return Task.CompletedTask;
    }

    internal override async Task RunAsync()
    {
        if (Blocks)
        {
            _socket.Connect(_listener.Address);
            _socket.SendAll([7]);
        }
        else
        {
            await _begin.Task;
            await _socket.ConnectAsync(_listener.Address);
            await _socket.SendAllAsync(new byte[] { 7 });
        }

        using GreenSocket accepted = Blocks ? _listener.Socket.Accept() : await _listener.Socket.AcceptAsync();
        accepted.Home = _listener.Socket.Home;
        byte[] received = new byte[1];
        Assert.Equal(1, await ReceiveAsync(accepted, received));
        Assert.Equal(7, received[0]);
    }

    internal override Task MakeReadyAsync()
    {
        _begin.TrySetResult();
        return Task.CompletedTask;
    }

    internal override async Task PrepareAsync(FaultCell cell, bool atOnce)
    {
        await ArrangeAsync();
        switch (cell.Fault)
        {
            case Fault.EINTR:
                Lab.Script.FailAfterwards(Call, cell.Errno, Fd);
                break;
            case Fault.EventsOutOfOrder:
                return;
            case Fault.SpuriousReadiness or Fault.StaleEvent:
                // It has not even begun, and the system reports a socket that is not connected as ready.
                Lab.Script.Fail(Call, Errno.EINPROGRESS, Fd);
                break;
            case Fault.WaitFails:
                Lab.Script.Fail(Call, Errno.EINPROGRESS, Fd, then: () => Lab.FailWait(cell.Errno));
                break;
            default:
                Lab.Script.Fail(Call, cell.Errno, Fd, times: cell.Fault == Fault.EAGAIN ? 3 : 1);
                break;
        }

        await MakeReadyAsync();
    }

    internal override async Task DisturbAsync(FaultCell cell, bool atOnce, Func<bool> isOver)
    {
        switch (cell.Fault)
        {
            case Fault.EventsOutOfOrder:
                await Lab.CrowdAsync(MakeReadyAsync);
                break;
            case Fault.SpuriousReadiness or Fault.StaleEvent:
                while (!Lab.Factory.Tokens.ContainsKey(Fd))
                {
                    await GreenThread.SleepAsync();
                }

                if (cell.Fault == Fault.StaleEvent)
                {
                    Lab.Factory.InventStale(Fd, What | Readiness.HangUp);
                }
                else
                {
                    Lab.Factory.Invent(Fd, What);
                }

                break;
        }
    }

    public override void Dispose()
    {
        _socket.Close();
        _listener.Dispose();
    }
}
