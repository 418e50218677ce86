using System.Net;

namespace Eventlet.Net;

/// <summary>A receive of one datagram with its sender.</summary>
internal sealed class ReceiveFromWait : SocketWait<ReceivedDatagram>, IMessageSink
{
    private EndPoint? _sender;

    internal Memory<byte> Buffer { get; set; }

    /// <summary>Where the sender's address goes; null: it becomes an EndPoint.</summary>
    internal SocketAddress? From { get; set; }

    private protected override bool Attempt()
    {
        int result = Socket.TryReceiveFrom(Buffer.Span, From, out ReceivedDatagram received);
        if (result == SocketCalls.WouldBlock)
        {
            return false;
        }

        if (result < 0)
        {
            return Fail(result);
        }

        Result = received;
        return Complete();
    }

    private protected override ulong SubmitTo(ICompletions completions) =>
        Buffer.IsEmpty || Socket.IsReceivingShut ? 0 : completions.ReceiveMessage(Socket.Handle, Buffer, this);

    void IMessageSink.OnSender(ReadOnlySpan<byte> address)
    {
        if (From is { } from)
        {
            address = address[..Math.Min(address.Length, from.Buffer.Length)];
            address.CopyTo(from.Buffer.Span);
            from.Size = address.Length;
        }
        else
        {
            _sender = SocketCalls.EndPointOf(Socket.Family, address);
        }
    }

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        if (result < 0)
        {
            Fail(result);
            return;
        }

        int count = Math.Min(result, Buffer.Length);
        try
        {
            data.CopyTo(Buffer.Span);
        }
        catch (Exception error)
        {
            // The buffer's memory is the user's own, and gone; the bytes are not.
            Socket.Keep(new KeptDatagram(data.ToArray(), AddressBytes(), result > count));
            Complete(error);
            return;
        }

        Result = new ReceivedDatagram(count, _sender, result > count);
        Complete();
    }

    internal override void Undelivered()
    {
        if (Error is not null || Buffer.IsEmpty)
        {
            return;
        }

        try
        {
            Socket.Keep(new KeptDatagram(Buffer.Span[..Result.Count].ToArray(), AddressBytes(), Result.IsTruncated));
        }
        catch (Exception error)
        {
            // The memory was the user's own: what was in it has gone with it.
            Hub.ReportUnhandled(error);
        }
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Buffer = default;
        From = null;
        _sender = null;
    }

    private byte[] AddressBytes()
    {
        SocketAddress? address = From ?? (Result.From ?? _sender)?.Serialize();
        return address?.Buffer.Span[..address.Size].ToArray() ?? [];
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<ReceiveFromWait>().Return(this);
}

/// <summary>A send of one datagram to an address.</summary>
internal sealed class SendToWait : SocketWait<int>
{
    internal ReadOnlyMemory<byte> Buffer { get; set; }

    internal SocketAddress To { get; set; } = null!;

    private protected override bool Attempt()
    {
        int result = SocketCalls.SendTo(Socket, Buffer.Span, To);
        if (result == SocketCalls.WouldBlock)
        {
            return false;
        }

        if (result < 0)
        {
            return Fail(result);
        }

        Result = result;
        return Complete();
    }

    private protected override ulong SubmitTo(ICompletions completions) => completions.SendMessage(Socket.Handle, Buffer, To.Buffer.Span[..To.Size], this);

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        if (result < 0)
        {
            Fail(result);
            return;
        }

        Result = result;
        Complete();
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Buffer = default;
        To = null!;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<SendToWait>().Return(this);
}
