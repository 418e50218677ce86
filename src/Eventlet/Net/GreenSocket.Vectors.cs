using System.Buffers;
using System.Net.Sockets;
using Eventlet.Waits;

namespace Eventlet.Net;

// Several buffers in one operation: one system call (recvmsg, sendmsg) or one submission for up to 32 of them. They must not be changed before it has ended.
public sealed partial class GreenSocket
{
    /// <summary>Receives what is there into several buffers, in their order, each filled before the next; of a datagram socket, one datagram.</summary>
    /// <param name="buffers">Where to; if all are empty, this only waits until something can be received. The list must not be changed before the call has ended.</param>
    /// <param name="cancellationToken">Ends the wait; nothing that has come is lost.</param>
    /// <returns>How many bytes; 0: the peer has ended its half, or it is the length of the datagram.</returns>
    /// <exception cref="SocketException">As of <see cref="ReceiveAsync(Memory{byte}, CancellationToken)"/>.</exception>
    public ValueTask<int> ReceiveAsync(IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        var parts = new BufferParts(buffers);
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if (green?.Interruption(hub!, cancellationToken, out scope) is { } interruption)
        {
            return Failed.Task<int>(interruption);
        }

        bool isUntried = !_reading.IsBusy && (green is null || (IsTried(hub!) && !_reading.IsDrained));
        if (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = green is null ? SocketCalls.ReceiveParts(this, parts, out _) : TryReceive(parts, hub!);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? new ValueTask<int>(result) : ValueTask.FromException<int>(ErrorOf(result));
            }

            isUntried = false;
        }

        VectorReceiveWait wait = green is null ? new VectorReceiveWait() : hub!.Rent<VectorReceiveWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Read;
        wait.Parts = parts;
        wait.IsUntried = isUntried;
        return green is null ? BeginOutside(wait, cancellationToken) : Begin(hub!, green, wait, scope, cancellationToken);
    }

    /// <summary>Sends as much of several buffers as the system takes now, at least one byte unless all are empty; of a datagram socket, all as one datagram.</summary>
    /// <param name="buffers">What, in this order. Their memory must not be changed before the call has ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes; it may be fewer than there are.</returns>
    public ValueTask<long> SendAsync(in ReadOnlySequence<byte> buffers, CancellationToken cancellationToken = default) =>
        SendParts(new BufferParts(buffers), isWhole: false, forStream: false, cancellationToken, out _);

    /// <inheritdoc cref="SendAsync(in ReadOnlySequence{byte}, CancellationToken)"/>
    public ValueTask<long> SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> buffers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        return SendParts(new BufferParts(buffers), isWhole: false, forStream: false, cancellationToken, out _);
    }

    /// <summary>Sends all of several buffers.</summary>
    /// <param name="buffers">What, in this order. Their memory must not be changed before the call has ended.</param>
    /// <param name="cancellationToken">Ends the wait; a part may have been sent.</param>
    public ValueTask SendAllAsync(in ReadOnlySequence<byte> buffers, CancellationToken cancellationToken = default) =>
        SendAllParts(new BufferParts(buffers), forStream: false, cancellationToken);

    /// <inheritdoc cref="SendAllAsync(in ReadOnlySequence{byte}, CancellationToken)"/>
    public ValueTask SendAllAsync(IReadOnlyList<ReadOnlyMemory<byte>> buffers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        return SendAllParts(new BufferParts(buffers), forStream: false, cancellationToken);
    }

    /// <inheritdoc cref="ReceiveAsync(IReadOnlyList{Memory{byte}}, CancellationToken)"/>
    public int Receive(IReadOnlyList<Memory<byte>> buffers)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        Blocking.RefuseInMainloop("GreenSocket.Receive", "ReceiveAsync");
        var parts = new BufferParts(buffers);
        while (true)
        {
            int result = _reading.IsBusy ? SocketCalls.WouldBlock : SocketCalls.ReceiveParts(this, parts, out _);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? result : throw ErrorOf(result);
            }

            Block(FdEvent.Read);
        }
    }

    /// <inheritdoc cref="SendAsync(in ReadOnlySequence{byte}, CancellationToken)"/>
    public long Send(in ReadOnlySequence<byte> buffers)
    {
        Blocking.RefuseInMainloop("GreenSocket.Send", "SendAsync");
        return SendBlocking(new BufferParts(buffers));
    }

    /// <inheritdoc cref="SendAllAsync(in ReadOnlySequence{byte}, CancellationToken)"/>
    public void SendAll(in ReadOnlySequence<byte> buffers)
    {
        Blocking.RefuseInMainloop("GreenSocket.SendAll", "SendAllAsync");
        var parts = new BufferParts(buffers);
        do
        {
            parts.Advance(SendBlocking(parts));
        }
        while (parts.Length > 0);
    }

    /// <summary>One receive; notes whether it has left nothing.</summary>
    internal int TryReceive(in BufferParts parts, Hub hub)
    {
        bool isKept = HasKept;
        int result = SocketCalls.ReceiveParts(this, parts, out long offered);
        NoteRead(result, offered, hub);
        _reading.IsDrained &= !isKept;
        return result;
    }

    /// <summary>A send of everything whose errors are those of a socket, or of a stream on it.</summary>
    internal ValueTask SendAllParts(BufferParts parts, bool forStream, CancellationToken cancellationToken)
    {
        ValueTask<long> sending = SendParts(parts, isWhole: true, forStream, cancellationToken, out VectorSendWait? wait);
        return wait is not null && !sending.IsCompleted ? new ValueTask(wait, wait.Version) : WithoutResultAsync(sending);
    }

    private ValueTask<long> SendParts(BufferParts parts, bool isWhole, bool forStream, CancellationToken cancellationToken, out VectorSendWait? wait)
    {
        wait = null;
        Hub? hub = Hub.Running;
        GreenThread? green = hub?.CurrentGreen;
        GreenTimeout? scope = null;
        if (green?.Interruption(hub!, cancellationToken, out scope) is { } interruption)
        {
            return Failed.Task<long>(interruption);
        }

        long sent = 0;
        bool isUntried = !_writing.IsBusy && (green is null || !hub!.Table.Submits || IsDatagram);
        while (isUntried && (green is null || hub!.MayGoOn()))
        {
            int result = SocketCalls.SendParts(this, parts);
            if (result == SocketCalls.WouldBlock)
            {
                isUntried = false;
                break;
            }

            if (result < 0)
            {
                return ValueTask.FromException<long>(Translate(result, forStream));
            }

            sent += result;
            parts.Advance(result);
            if (!isWhole || parts.Length == 0)
            {
                return new ValueTask<long>(sent);
            }
        }

        VectorSendWait begun = green is null ? new VectorSendWait() : hub!.Rent<VectorSendWait>();
        begun.Socket = this;
        begun.Direction = FdEvent.Write;
        begun.Parts = parts;
        begun.Result = sent;
        begun.IsWhole = isWhole;
        begun.ForStream = forStream;
        begun.IsUntried = isUntried;
        if (green is null)
        {
            return BeginOutside(begun, cancellationToken);
        }

        wait = begun;
        return Begin(hub!, green, begun, scope, cancellationToken);
    }

    private long SendBlocking(in BufferParts parts)
    {
        while (true)
        {
            int result = _writing.IsBusy ? SocketCalls.WouldBlock : SocketCalls.SendParts(this, parts);
            if (result != SocketCalls.WouldBlock)
            {
                return result >= 0 ? result : throw ErrorOf(result);
            }

            Block(FdEvent.Write);
        }
    }

    // One that is over already, allocates nothing here.
    private static async ValueTask WithoutResultAsync(ValueTask<long> sending) => await sending.ConfigureAwait(false);
}
