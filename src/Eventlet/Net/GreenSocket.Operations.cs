using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Eventlet.Descriptors;
using Eventlet.Waits;

namespace Eventlet.Net;

// Each operation tries first. What would block becomes a wait that carries the operation, handed out as it is: no async layer in between.
public sealed partial class GreenSocket
{
    /// <summary>Receives what is there, at least one byte; of a datagram socket, one datagram.</summary>
    /// <param name="buffer">Where to; if empty, this only waits until something can be received.</param>
    /// <param name="cancellationToken">Ends the wait; nothing that has come is lost.</param>
    /// <returns>How many bytes; 0: the peer has ended its half, or it is the length of the datagram.</returns>
    /// <exception cref="SocketException">ConnectionReset among others; of a datagram socket MessageSize, if the datagram is longer than the buffer, which then has its
    /// first part: ReceiveFromAsync says that without an exception. ConnectionRefused, if a peer's system has answered a datagram so.</exception>
    [OverloadResolutionPriority(1)]
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Receive(buffer, forStream: false, cancellationToken);

    /// <summary>Sends as much as the system takes now, at least one byte of a buffer that is not empty.</summary>
    /// <param name="buffer">What.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes; it may be fewer than there are.</returns>
    [OverloadResolutionPriority(1)]
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Hub.Running is not { CurrentGreen: { } green } hub)
        {
            return SendOutside(buffer, cancellationToken);
        }

        if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
        {
            return Failed.Task<int>(interruption);
        }

        bool isUntried = !hub.Table.Submits && !_writing.IsBusy;
        if (isUntried && hub.MayGoOn())
        {
            int result = SocketCalls.Send(this, buffer.Span);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? new ValueTask<int>(result) : ValueTask.FromException<int>(ErrorOf(result));
            }

            isUntried = false;
        }

        SendWait wait = SendOperation(hub.Rent<SendWait>(), buffer, isWhole: false, forStream: false);
        wait.IsUntried = isUntried;
        return Begin(hub, green, wait, scope, cancellationToken);
    }

    /// <summary>Sends everything.</summary>
    /// <param name="buffer">What.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been sent.</param>
    [OverloadResolutionPriority(1)]
    public ValueTask SendAllAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        SendAll(buffer, forStream: false, cancellationToken);

    /// <summary>Takes a connection.</summary>
    /// <param name="cancellationToken">Ends the wait; no connection is lost.</param>
    /// <exception cref="SocketException">TooManyOpenSockets among others: the connection stays in the queue, so pause before trying again, as <see cref="GreenNet.ServeAsync(GreenSocket, Func{GreenSocket, Task}, int, CancellationToken)"/> does.</exception>
    public ValueTask<GreenSocket> AcceptAsync(CancellationToken cancellationToken = default)
    {
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if (green?.Interruption(hub!, cancellationToken, out scope) is { } interruption)
        {
            return Failed.Task<GreenSocket>(interruption);
        }

        bool isUntried = (green is null || IsTried(hub!)) && !_reading.IsBusy;
        if (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = SocketCalls.Accept(this, out GreenSocket? accepted);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? new ValueTask<GreenSocket>(accepted!) : ValueTask.FromException<GreenSocket>(ErrorOf(result));
            }

            isUntried = false;
        }

        if (green is null)
        {
            return BeginOutside(new AcceptWait { Socket = this, Direction = FdEvent.Read }, cancellationToken);
        }

        AcceptWait wait = hub!.Rent<AcceptWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Read;
        wait.IsUntried = isUntried;
        return Begin(hub, green, wait, scope, cancellationToken);
    }

    /// <summary>Connects. One that is connected already succeeds.</summary>
    /// <param name="to">An IP or Unix address.</param>
    /// <param name="cancellationToken">Ends the wait; the socket is of no use then.</param>
    /// <exception cref="SocketException">Refused, unreachable, or timed out by the system.</exception>
    public ValueTask ConnectAsync(EndPoint to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        return ConnectSlowlyAsync(to, cancellationToken);
    }

    /// <inheritdoc cref="ReceiveAsync(Memory{byte}, CancellationToken)"/>
    public int Receive(Span<byte> buffer)
    {
        Blocking.RefuseInMainloop("GreenSocket.Receive", "ReceiveAsync");
        while (true)
        {
            int result = _reading.IsBusy ? SocketCalls.WouldBlock : SocketCalls.Receive(this, buffer);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? result : throw ErrorOf(result);
            }

            Block(FdEvent.Read);
        }
    }

    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public int Send(ReadOnlySpan<byte> buffer)
    {
        Blocking.RefuseInMainloop("GreenSocket.Send", "SendAsync");
        while (true)
        {
            int result = _writing.IsBusy ? SocketCalls.WouldBlock : SocketCalls.Send(this, buffer);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? result : throw ErrorOf(result);
            }

            Block(FdEvent.Write);
        }
    }

    /// <inheritdoc cref="SendAllAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public void SendAll(ReadOnlySpan<byte> buffer)
    {
        Blocking.RefuseInMainloop("GreenSocket.SendAll", "SendAllAsync");
        do
        {
            buffer = buffer[Send(buffer)..];
        }
        while (!buffer.IsEmpty);
    }

    /// <inheritdoc cref="AcceptAsync"/>
    public GreenSocket Accept()
    {
        Blocking.RefuseInMainloop("GreenSocket.Accept", "AcceptAsync");
        while (true)
        {
            int result = SocketCalls.Accept(this, out GreenSocket? accepted);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? accepted! : throw ErrorOf(result);
            }

            Block(FdEvent.Read);
        }
    }

    /// <inheritdoc cref="ConnectAsync"/>
    public void Connect(EndPoint to)
    {
        ArgumentNullException.ThrowIfNull(to);
        Blocking.RefuseInMainloop("GreenSocket.Connect", "ConnectAsync");
        GreenThread connecting = Hubs.GetHub().Spawn(() => ConnectSlowlyAsync(to, default).AsTask());
        try
        {
            connecting.Wait();
        }
        finally
        {
            connecting.Kill();
        }
    }

    /// <summary>A receive whose errors are those of a socket, or of a stream on it.</summary>
    internal ValueTask<int> Receive(Memory<byte> buffer, bool forStream, CancellationToken cancellationToken)
    {
        if (Hub.Running is not { CurrentGreen: { } green } hub)
        {
            return ReceiveOutside(buffer, forStream, cancellationToken);
        }

        if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
        {
            return Failed.Task<int>(interruption);
        }

        bool isUntried = IsTried(hub) && !_reading.IsDrained && !_reading.IsBusy;
        if (isUntried && hub.MayGoOn())
        {
            int result = TryReceive(buffer.Span, hub);
            if (result >= 0)
            {
                return new ValueTask<int>(result);
            }

            if (result != SocketCalls.WouldBlock)
            {
                return ValueTask.FromException<int>(Translate(result, forStream));
            }

            isUntried = false;
        }

        ReceiveWait wait = hub.Rent<ReceiveWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Read;
        wait.Buffer = buffer;
        wait.ForStream = forStream;
        wait.IsUntried = isUntried;
        return Begin(hub, green, wait, scope, cancellationToken);
    }

    /// <summary>A send of everything whose errors are those of a socket, or of a stream on it.</summary>
    internal ValueTask SendAll(ReadOnlyMemory<byte> buffer, bool forStream, CancellationToken cancellationToken)
    {
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if (green?.Interruption(hub!, cancellationToken, out scope) is { } interruption)
        {
            return Failed.Task(interruption);
        }

        bool isUntried = (green is null || !hub!.Table.Submits) && !_writing.IsBusy;
        while (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = SocketCalls.Send(this, buffer.Span);
            if (result == SocketCalls.WouldBlock)
            {
                isUntried = false;
                break;
            }

            if (result < 0)
            {
                return ValueTask.FromException(Translate(result, forStream));
            }

            buffer = buffer[result..];
            if (buffer.IsEmpty)
            {
                return default;
            }
        }

        if (green is null)
        {
            return SendAllOutside(SendOperation(new SendWait(), buffer, isWhole: true, forStream), cancellationToken);
        }

        SendWait wait = SendOperation(hub!.Rent<SendWait>(), buffer, isWhole: true, forStream);
        wait.IsUntried = isUntried;
        ValueTask<int> sent = Begin(hub, green, wait, scope, cancellationToken);
        return sent.IsCompleted ? new ValueTask(sent.AsTask()) : new ValueTask(wait, wait.Version);
    }

    /// <summary>One receive; notes whether it has left nothing, so that the next one need not try.</summary>
    internal int TryReceive(Span<byte> buffer, Hub hub)
    {
        // What was kept tells nothing of what the system has.
        bool isKept = HasKept;
        int result = SocketCalls.Receive(this, buffer);
        NoteRead(result, buffer.Length, hub);
        _reading.IsDrained &= !isKept;
        return result;
    }

    /// <summary>Notes whether a read has left nothing. Of a datagram's length nothing follows.</summary>
    private void NoteRead(int result, long room, Hub hub) => _reading.IsDrained = result == SocketCalls.WouldBlock
        || (result > 0 && result < room && !IsDatagram && hub.Table.ReportsEnd && !MayHaveMore(hub));

    /// <summary>Whether an operation that reads is tried first: a backend that does whole operations does not need to be spared one.</summary>
    private bool IsTried(Hub hub) => !hub.Table.Submits || HasKept;

    /// <summary>
    /// Whether another read may find something although this one was short, and no event will come for it: an end or an error that the hub was told
    /// of, or what stands behind a place at which reads stop, the mark of out-of-band data or, on a Unix socket, descriptors that were passed.
    /// </summary>
    private bool MayHaveMore(Hub hub) => (Family == AddressFamily.Unix && hub.Table.IsEdge)
        || (ReferenceEquals(_reading.Hub, hub) && (_reading.Record!.Seen & (Readiness.ReadEnd | Readiness.HangUp | Readiness.Error | Readiness.Priority)) != 0);

    private SendWait SendOperation(SendWait wait, ReadOnlyMemory<byte> buffer, bool isWhole, bool forStream)
    {
        wait.Socket = this;
        wait.Direction = FdEvent.Write;
        wait.Buffer = buffer;
        wait.IsWhole = isWhole;
        wait.ForStream = forStream;
        return wait;
    }

    private ValueTask<T> Begin<T>(Hub hub, GreenThread green, SocketWait<T> wait, GreenTimeout? scope, CancellationToken cancellationToken)
    {
        try
        {
            wait.Begin(hub, green, Timeout is { } limit ? hub.Time.DeadlineAfter(limit) : long.MaxValue, scope, cancellationToken);
        }
        catch (Exception error)
        {
            wait.Release();
            return ValueTask.FromException<T>(error);
        }

        return new ValueTask<T>(wait, wait.Version);
    }

    private ValueTask<int> ReceiveOutside(Memory<byte> buffer, bool forStream, CancellationToken cancellationToken)
    {
        int result = _reading.IsBusy ? SocketCalls.WouldBlock : SocketCalls.Receive(this, buffer.Span);
        if (result != SocketCalls.WouldBlock)
        {
            return result >= 0 ? new ValueTask<int>(result) : ValueTask.FromException<int>(Translate(result, forStream));
        }

        return BeginOutside(new ReceiveWait { Socket = this, Direction = FdEvent.Read, Buffer = buffer, ForStream = forStream }, cancellationToken);
    }

    private ValueTask<int> SendOutside(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        int result = _writing.IsBusy ? SocketCalls.WouldBlock : SocketCalls.Send(this, buffer.Span);
        if (result != SocketCalls.WouldBlock)
        {
            return result >= 0 ? new ValueTask<int>(result) : ValueTask.FromException<int>(ErrorOf(result));
        }

        return BeginOutside(SendOperation(new SendWait(), buffer, isWhole: false, forStream: false), cancellationToken);
    }

    private async ValueTask SendAllOutside(SendWait wait, CancellationToken cancellationToken) =>
        await BeginOutside(wait, cancellationToken).ConfigureAwait(false);

    /// <summary>A wait for a caller that is in no greenthread.</summary>
    private ValueTask<T> BeginOutside<T>(SocketWait<T> wait, CancellationToken cancellationToken)
    {
        Hub hub = Hub.Running ?? Home ?? Hubs.GetHub();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            return ValueTask.FromException<T>(due.Raise());
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        wait.Prepare(Timeout is { } limit ? hub.Time.DeadlineAfter(limit) : long.MaxValue, scope, cancellationToken);
        return hub.BeginOutside<T>(wait).AsValueTask();
    }

    /// <summary>Blocks until a direction is ready.</summary>
    private void Block(FdEvent direction)
    {
        Hub hub = Hubs.GetHub();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            throw due.Raise();
        }

        var wait = new SocketReadyWait { Socket = this, Direction = direction };
        wait.Prepare(Timeout is { } limit ? hub.Time.DeadlineAfter(limit) : long.MaxValue, scope, default);
        hub.Block(wait);
    }

    private Exception Translate(int code, bool forStream)
    {
        Exception error = ErrorOf(code);
        return forStream && error is SocketException ? new IOException(error.Message, error) : error;
    }
}
