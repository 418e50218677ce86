namespace Eventlet.Net;

/// <summary>A receive into several buffers.</summary>
internal sealed class VectorReceiveWait : SocketWait<int>
{
    private BufferParts _parts;

    internal ref BufferParts Parts => ref _parts;

    private protected override bool Attempt()
    {
        int result = Socket.TryReceive(_parts, Hub);
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

    private protected override ulong SubmitTo(ICompletions completions) =>
        _parts.Length == 0 || Socket.IsDatagram ? 0 : completions.ReceiveParts(Socket.Handle, _parts, Socket.Expected, this);

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        result = Socket.ResultOf(result);
        if (result < 0)
        {
            Fail(result);
            return;
        }

        try
        {
            _parts.Fill(data);
        }
        catch (Exception error)
        {
            // The buffers' memory is the user's own, and gone; the bytes are not.
            Socket.Keep(data);
            Complete(error);
            return;
        }

        Socket.Expected = next;
        Result = result;
        Complete();
    }

    internal override void Undelivered()
    {
        if (Error is not null || _parts.Length == 0 || (Result <= 0 && !Socket.IsDatagram))
        {
            return;
        }

        try
        {
            byte[] whole = new byte[_parts.Length];
            _parts.CopyTo(whole);
            Socket.KeepReceived(whole.AsSpan(0, Result));
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
        _parts = default;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<VectorReceiveWait>().Return(this);
}

/// <summary>A send of several buffers: of as much as fits, or of everything.</summary>
internal sealed class VectorSendWait : SocketWait<long>
{
    private BufferParts _parts;

    internal ref BufferParts Parts => ref _parts;

    internal bool IsWhole { get; set; }

    private protected override bool Attempt()
    {
        while (true)
        {
            int result = SocketCalls.SendParts(Socket, _parts);
            if (result == SocketCalls.WouldBlock)
            {
                return false;
            }

            if (result < 0)
            {
                return Fail(result);
            }

            if (Advance(result))
            {
                return Complete();
            }
        }
    }

    private protected override ulong SubmitTo(ICompletions completions) =>
        Socket.IsDatagram ? 0 : completions.SendParts(Socket.Handle, _parts, IsWhole, this);

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        if (result < 0)
        {
            Fail(result);
        }
        else if (Advance(result))
        {
            Complete();
        }
    }

    /// <summary>Counts what was sent.</summary>
    /// <returns>Whether that is all that was wanted.</returns>
    private bool Advance(int count)
    {
        Result += count;
        _parts.Advance(count);
        return !IsWhole || _parts.Length == 0;
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Result = 0;
        _parts = default;
        IsWhole = false;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<VectorSendWait>().Return(this);
}
