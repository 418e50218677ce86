using System.Buffers;
using System.Net;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Faults;

/// <summary>An operation that waits for a descriptor: the same faults, at the same moments, for each.</summary>
internal abstract class WaitingOperation(FaultLab lab) : IDisposable
{
    /// <summary>By whom it is done.</summary>
    internal Form Form { get; init; }

    protected FaultLab Lab => lab;

    protected bool Blocks => Form == Form.Blocking;

    internal abstract int Fd { get; }

    /// <summary>The call that fails.</summary>
    internal abstract SystemCall Call { get; }

    /// <summary>The call that io_uring makes of it; a caller who is in no greenthread tries <see cref="Call"/> before.</summary>
    internal virtual SystemCall RingCall => Call;

    internal virtual Readiness What => Readiness.Read;

    /// <summary>Whether any event ends it, since it tells readiness and nothing more.</summary>
    internal virtual bool IsHint => false;

    /// <summary>Whether the call is the registration, which is made while nothing is ready.</summary>
    internal virtual bool IsRegistration => false;

    /// <summary>What is being done outside of the hub.</summary>
    internal Task? Outside { get; private set; }

    /// <summary>Whether it needs no hub of its caller's thread: a socket can be told which hub waits for it.</summary>
    protected virtual bool RunsAnywhere => true;

    internal abstract Task ArrangeAsync();

    /// <summary>Does it whole and checks every byte. After an error it is called again, and goes on where it was.</summary>
    internal abstract Task RunAsync();

    internal abstract Task MakeReadyAsync();

    /// <summary>Brings what is left of the bytes.</summary>
    internal virtual Task MakeAllReadyAsync() => Task.CompletedTask;

    public abstract void Dispose();

    /// <summary>Does it under a fault, in a greenthread or outside; throws what it throws.</summary>
    /// <param name="cell">The fault.</param>
    /// <param name="atOnce">Whether the fault comes at the first try; else when its waiter waits already.</param>
    internal async Task PerformAsync(FaultCell cell, bool atOnce)
    {
        await PrepareAsync(cell, atOnce);
        if (Form == Form.Green)
        {
            GreenThread green = GreenThread.Spawn(RunAsync);
            await DisturbAsync(cell, atOnce, () => green.IsDead);
            await green;
            return;
        }

        int waiters = Waiters;
        Outside = RunsAnywhere ? Task.Run(RunAsync) : await InCallbackAsync();
        while (!atOnce && !Outside.IsCompleted && Waiters == waiters)
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        }

        await DisturbAsync(cell, atOnce, () => Outside.IsCompleted);
        await Outside;
    }

    private static int Waiters => Hubs.GetHub().Statistics.Readers + Hubs.GetHub().Statistics.Writers;

    /// <summary>A callback is no greenthread, and what it awaits brings it back to callbacks.</summary>
    private async Task<Task> InCallbackAsync()
    {
        var begun = new TaskCompletionSource<Task>();
        Hubs.GetHub().Post(() => begun.SetResult(RunAsync()));
        return await begun.Task;
    }

    /// <summary>Makes everything ready for it, and the fault where that comes at the first try.</summary>
    internal virtual async Task PrepareAsync(FaultCell cell, bool atOnce)
    {
        await ArrangeAsync();
        if (atOnce && !IsRegistration)
        {
            await MakeReadyAsync();
            if (What == Readiness.Read)
            {
                await Hubs.TrampolineAsync(Fd, read: true);
            }
        }

        if (atOnce)
        {
            Arm(cell);
        }
        else
        {
            Lab.Script.LookFirst(Fd);
        }
    }

    /// <summary>While it is being done: brings the fault, and whatever it needs to end.</summary>
    internal virtual async Task DisturbAsync(FaultCell cell, bool atOnce, Func<bool> isOver)
    {
        bool isReady = atOnce && !IsRegistration;
        if (!atOnce)
        {
            await Turns.PassAsync();
            Assert.False(isOver(), "it did not wait");
            isReady = await DisturbWaiterAsync(cell, isOver);
        }

        else if (IsRegistration)
        {
            await Turns.PassAsync();
        }

        if (!isReady && cell.Fault != Fault.WaitFails)
        {
            await MakeReadyAsync();
        }

        if (cell.Fault == Fault.EAGAIN)
        {
            while (Lab.Script.Fired == 0 && !isOver())
            {
                await GreenThread.SleepAsync();
            }

            // The readiness was a mistake; now it comes once more.
            Lab.Factory.Invent(Fd, What);
        }

        await MakeAllReadyAsync();
    }

    /// <summary>Has the hub wait for both ends, whoever asks.</summary>
    protected static Pair AtHome(Pair pair)
    {
        pair.Client.Home = pair.Server.Home = Hubs.GetHub();
        return pair;
    }

    protected virtual ValueTask<int> ReceiveAsync(GreenSocket socket, Memory<byte> buffer) => Blocks ? new(socket.Receive(buffer.Span)) : socket.ReceiveAsync(buffer);

    protected async ValueTask<T> JoinAsync<T>(GreenThread<T> green) => Blocks ? green.Wait() : await green;

    private async Task<bool> DisturbWaiterAsync(FaultCell cell, Func<bool> isOver)
    {
        switch (cell.Fault)
        {
            case Fault.SpuriousReadiness:
                Lab.Factory.Invent(Fd, What);
                await Turns.PassAsync();
                Assert.Equal(IsHint, isOver());
                return false;
            case Fault.StaleEvent:
                Lab.Factory.InventStale(Fd, What | Readiness.HangUp);
                Lab.Factory.InventStale(Fd, Readiness.Invalid);
                await Turns.PassAsync();
                Assert.False(isOver());
                return false;
            case Fault.EventsOutOfOrder:
                await Lab.CrowdAsync(MakeReadyAsync);
                return true;
            case Fault.WaitFails:
                Lab.FailWait(cell.Errno);
                return false;
            default:
                Arm(cell);
                return false;
        }
    }

    private void Arm(FaultCell cell)
    {
        Arm(cell, Call);
        if (Lab.HubName == "io_uring" && RingCall != Call)
        {
            Arm(cell, RingCall);
        }
    }

    private void Arm(FaultCell cell, SystemCall call)
    {
        if (cell.Fault is Fault.ShortRead or Fault.ShortWrite)
        {
            // Some bytes stay behind a short read only where the system will say so.
            Lab.Script.Shorten(call, 3, Fd, times: 5, then: () => Lab.Factory.Invent(Fd, What));
        }
        else
        {
            Lab.Script.Fail(call, cell.Errno, Fd, times: cell.Fault == Fault.EINTR ? 5 : 1);
        }
    }
}

internal class ReceiveOperation(FaultLab lab) : WaitingOperation(lab)
{
    private readonly byte[] _data = Pattern.Of(2000);
    private readonly byte[] _received = new byte[2000];
    private Pair? _pair;
    private int _count;

    internal override int Fd => FaultLab.Fd(_pair!.Server);

    internal override SystemCall Call => SystemCall.Receive;

    internal override async Task ArrangeAsync() => _pair = AtHome(await Pair.MakeAsync());

    internal override async Task RunAsync()
    {
        while (_count < _received.Length)
        {
            int count = await ReceiveAsync(_pair!.Server, _received.AsMemory(_count));
            Assert.NotEqual(0, count);
            _count += count;
        }

        Pattern.AssertSame(_data, _received);
    }

    internal override async Task MakeReadyAsync() => await _pair!.Client.SendAllAsync(_data.AsMemory(0, 1000));

    internal override async Task MakeAllReadyAsync() => await _pair!.Client.SendAllAsync(_data.AsMemory(1000));

    public override void Dispose() => _pair?.Dispose();
}

internal sealed class ReceivePartsOperation(FaultLab lab) : ReceiveOperation(lab)
{
    internal override SystemCall Call => SystemCall.ReceiveMessage;

    // Into a buffer of the hub's, from which it is spread.
    internal override SystemCall RingCall => SystemCall.Receive;

    // Always at least two, or it would be another call.
    protected override ValueTask<int> ReceiveAsync(GreenSocket socket, Memory<byte> buffer)
    {
        if (buffer.Length == 1)
        {
            return base.ReceiveAsync(socket, buffer);
        }

        Memory<byte>[] parts = [buffer[..1], buffer[1..]];
        return Blocks ? new(socket.Receive(parts)) : socket.ReceiveAsync(parts);
    }
}

internal sealed class ReceiveFromOperation(FaultLab lab) : WaitingOperation(lab)
{
    private readonly GreenSocket _here = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly GreenSocket _there = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
    private int _received;

    internal override int Fd => FaultLab.Fd(_there);

    internal override SystemCall Call => SystemCall.ReceiveFrom;

    internal override SystemCall RingCall => SystemCall.ReceiveMessage;

    internal override Task ArrangeAsync()
    {
        _there.Home = Hubs.GetHub();
        return Task.CompletedTask;
    }

    internal override async Task RunAsync()
    {
        for (byte[] buffer = new byte[100]; _received < 2;)
        {
            ReceivedDatagram received = Blocks ? _there.ReceiveFrom(buffer) : await _there.ReceiveFromAsync(buffer);
            Assert.Equal(new ReceivedDatagram(_received + 1, _here.LocalEndPoint, IsTruncated: false), received);
            _received++;
        }
    }

    internal override async Task MakeReadyAsync() => await _here.SendToAsync(new byte[1], _there.LocalEndPoint!);

    internal override async Task MakeAllReadyAsync() => await _here.SendToAsync(new byte[2], _there.LocalEndPoint!);

    public override void Dispose()
    {
        _here.Close();
        _there.Close();
    }
}

/// <summary>A receive whose registration fails; the next one must find the socket as it was.</summary>
internal sealed class RegisterOperation(FaultLab lab) : ReceiveOperation(lab)
{
    internal override SystemCall Call => FaultLab.Registration(Lab.HubName);

    internal override bool IsRegistration => true;
}

internal sealed class SendOperation(FaultLab lab) : WaitingOperation(lab)
{
    private readonly byte[] _data = Pattern.Of(60_000);
    private Pair? _pair;
    private GreenThread<byte[]>? _draining;
    private int _sent;

    internal override int Fd => FaultLab.Fd(_pair!.Client);

    internal override SystemCall Call => SystemCall.Send;

    internal override Readiness What => Readiness.Write;

    internal override async Task ArrangeAsync() => _pair = AtHome(await Pair.MakeTinyAsync(Transport.Unix));

    internal override async Task RunAsync()
    {
        while (_sent < _data.Length)
        {
            ReadOnlyMemory<byte> rest = _data.AsMemory(_sent);
            int count = Blocks ? _pair!.Client.Send(rest.Span) : await _pair!.Client.SendAsync(rest);
            Assert.NotEqual(0, count);
            _sent += count;
        }

        Pattern.AssertSame(_data, await JoinAsync(_draining!));
    }

    internal override Task MakeReadyAsync()
    {
        _draining = GreenThread.Spawn(() => Pattern.ReceiveAsync(_pair!.Server, _data.Length));
        return Task.CompletedTask;
    }

    public override void Dispose() => _pair?.Dispose();
}

/// <summary>After an error nobody knows how much was sent, so the whole is sent again behind it.</summary>
internal class SendAllOperation(FaultLab lab) : WaitingOperation(lab)
{
    private readonly byte[] _data = Pattern.Of(60_000);
    private Pair? _pair;
    private GreenThread<byte[]>? _draining;

    protected virtual async ValueTask SendAllAsync(GreenSocket socket, byte[] data)
    {
        if (Blocks)
        {
            socket.SendAll(data);
        }
        else
        {
            await socket.SendAllAsync(data);
        }
    }

    internal override int Fd => FaultLab.Fd(_pair!.Client);

    internal override SystemCall Call => SystemCall.Send;

    internal override Readiness What => Readiness.Write;

    internal override async Task ArrangeAsync() => _pair = AtHome(await Pair.MakeTinyAsync(Transport.Unix));

    internal override async Task RunAsync()
    {
        await SendAllAsync(_pair!.Client, _data);
        _pair.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        byte[] all = await JoinAsync(_draining!);
        int before = all.Length - _data.Length;
        Assert.InRange(before, 0, _data.Length - 1);
        Pattern.AssertSame(_data, all[before..]);
        Pattern.AssertSame(_data[..before], all[..before]);
    }

    internal override Task MakeReadyAsync()
    {
        _draining = GreenThread.Spawn(() => Pattern.ReceiveAsync(_pair!.Server, 2 * _data.Length));
        return Task.CompletedTask;
    }

    public override void Dispose() => _pair?.Dispose();
}

internal sealed class SendPartsOperation(FaultLab lab) : SendAllOperation(lab)
{
    internal override SystemCall Call => SystemCall.SendMessage;

    // Small ones, so that the rest is several too, wherever a send stops.
    protected override async ValueTask SendAllAsync(GreenSocket socket, byte[] data)
    {
        ReadOnlySequence<byte> parts = VectorTests<EpollHub>.SequenceOf(data, [.. Enumerable.Repeat(100, data.Length / 100)]);
        if (Blocks)
        {
            socket.SendAll(parts);
        }
        else
        {
            await socket.SendAllAsync(parts);
        }
    }
}

internal sealed class AcceptOperation(FaultLab lab) : WaitingOperation(lab)
{
    private readonly TestListener _listener = TestListener.Make();
    private GreenSocket? _client;

    internal override int Fd => FaultLab.Fd(_listener.Socket);

    internal override SystemCall Call => SystemCall.Accept;

    internal override Task ArrangeAsync()
    {
        _listener.Socket.Home = Hubs.GetHub();
        return Task.CompletedTask;
    }

    internal override async Task RunAsync()
    {
        using GreenSocket accepted = Blocks ? _listener.Socket.Accept() : await _listener.Socket.AcceptAsync();
        accepted.Home = _listener.Socket.Home;
        byte[] received = new byte[1];
        Assert.Equal(1, await ReceiveAsync(accepted, received));
        Assert.Equal(7, received[0]);
    }

    internal override async Task MakeReadyAsync()
    {
        _client = await GreenNet.ConnectAsync(_listener.Address);
        await _client.SendAllAsync(new byte[] { 7 });
    }

    public override void Dispose()
    {
        _client?.Close();
        _listener.Dispose();
    }
}

