using System.Net.Sockets;
using Eventlet.Descriptors;
using Eventlet.Interop;

namespace Eventlet.Net;

/// <summary>
/// An operation on a socket of ours that could not be done at once. When its direction is ready the hub tries it again before anybody is resumed, so its
/// waiter is resumed once, with the result.
/// </summary>
/// <remarks>
/// An operation has two faces: an interest and a call that does not block (<see cref="Attempt"/>), and, for a backend that does whole operations, a
/// submission (<see cref="SubmitTo"/>) and what follows from its result (<see cref="Ended"/>).
/// </remarks>
internal abstract class SocketWait<T> : DescriptorWait<T>, ICompletionSink
{
    private ulong _operation;

    internal GreenSocket Socket { get; set; } = null!;

    /// <summary>Whether the operation was not tried at all, because its greenthread has had its share: no event tells what is there already.</summary>
    internal bool IsUntried { get; set; }

    /// <summary>Whether errors of the socket become an IOException, as users of a stream expect.</summary>
    internal bool ForStream { get; set; }

    /// <summary>The socket was tried, or its last read has left nothing: only what arises from now on matters.</summary>
    public override bool NeedsLook => false;

    public override bool LeavesReadiness => false;

    public override bool IsKeepers => true;

    private protected override bool KeepsForNext => true;

    public override void OnReady() => AttemptGuarded();

    internal override string Describe() => $"waits to {(Direction == FdEvent.Read ? "read" : "write")} {Socket}";

    /// <summary>Tries the operation; if it is over, completes the wait.</summary>
    /// <returns>Whether it is over.</returns>
    private protected abstract bool Attempt();

    /// <summary>Hands the operation to the backend.</summary>
    /// <returns>Its name; zero if it has no such form.</returns>
    private protected virtual ulong SubmitTo(ICompletions completions) => 0;

    /// <summary>The backend has done it. Not for a wait that is over.</summary>
    /// <param name="result">As of the call of <see cref="Attempt"/>.</param>
    /// <param name="data">Bytes that are not in the buffer yet.</param>
    /// <param name="next">What the next receive may expect.</param>
    private protected virtual void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
    }

    public override bool Submit(ICompletions completions)
    {
        if (!SocketCalls.IsDirect)
        {
            return false;
        }

        _operation = SubmitTo(completions);
        IsSubmitted = _operation != 0;
        return IsSubmitted;
    }

    public override void OnDetached()
    {
        if (IsSubmitted)
        {
            TakeBack();
        }
    }

    private protected sealed override bool TakeBack()
    {
        IsSubmitted = false;
        Hub.Table.Completions!.Recall(_operation);
        return State == Phase.Pending;
    }

    void ICompletionSink.OnCompleted(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        bool isTakenBack = !IsSubmitted;
        IsSubmitted = false;
        try
        {
            if (result != SocketCalls.WouldBlock)
            {
                Ended(result, data, next);
            }

            if (State == Phase.Pending && !isTakenBack)
            {
                GoOn(result);
            }
        }
        catch (Exception error)
        {
            Complete(error);
        }
    }

    /// <summary>There is more to do, or the backend would not wait.</summary>
    private void GoOn(int result)
    {
        if (result == SocketCalls.WouldBlock || !Submit(Hub.Table.Completions!))
        {
            Hub.Table.WaitInstead(Record!, this);
        }
    }

    /// <summary>A buffer's memory may be the user's own, and gone: that is an error of the wait, not of the loop.</summary>
    private bool AttemptGuarded()
    {
        try
        {
            return Attempt();
        }
        catch (Exception error)
        {
            // What was ready still is, and no event will come for it.
            Socket.ForgetDrained();
            return Complete(error);
        }
    }

    /// <summary>Ends the wait with the error of a call.</summary>
    private protected bool Fail(int code) => Complete(Translate(Socket.ErrorOf(code)));

    public override void OnClosed(Exception error) => Complete(Translate(error));

    public override void OnDropped() => Socket.Leave(Direction);

    private Exception Translate(Exception error) => ForStream && error is SocketException ? new IOException(error.Message, error) : error;

    private protected override FdRecord Find(Hub hub) => Socket.Enter(hub, Direction);

    private protected override bool TryAtOnce(FdRecord record)
    {
        bool isSeen = FdTable.TakeSeen(record, Direction);
        if (Socket.IsDatagram)
        {
            // Nothing ends with an error of a datagram socket: the next call takes it.
            record.Seen &= ~Readiness.Error;
        }

        return (isSeen || IsUntried || (Direction == FdEvent.Read && Socket.HasKept)) && AttemptGuarded();
    }

    private protected override void OnDisarm()
    {
        Socket.Leave(Direction);
        base.OnDisarm();
    }

    private protected override Exception TimeoutError() => ForStream
        ? new IOException("timed out", new GreenTimeoutException())
        : new GreenTimeoutException();

    private protected override void OnRelease()
    {
        base.OnRelease();
        Socket = null!;
        ForStream = false;
        IsUntried = false;
    }
}

/// <summary>A receive.</summary>
internal sealed class ReceiveWait : SocketWait<int>
{
    internal Memory<byte> Buffer { get; set; }

    private protected override bool Attempt()
    {
        int result = Socket.TryReceive(Buffer.Span, Hub);
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
        Buffer.IsEmpty || Socket.IsReceivingShut ? 0
            : Socket.IsDatagram ? completions.ReceiveMessage(Socket.Handle, Buffer, this)
            : completions.Receive(Socket.Handle, Buffer, Socket.Expected, this);

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
            data.CopyTo(Buffer.Span);
        }
        catch (Exception error)
        {
            // The buffer's memory is the user's own, and gone; the bytes are not.
            Socket.KeepReceived(data);
            Complete(error);
            return;
        }

        if (result > Buffer.Length)
        {
            Fail(-Errno.EMSGSIZE);
            return;
        }

        Socket.Expected = next;
        Result = result;
        Complete();
    }

    internal override void Undelivered()
    {
        if (Error is not null || Buffer.IsEmpty || (Result <= 0 && !Socket.IsDatagram))
        {
            return;
        }

        try
        {
            Socket.KeepReceived(Buffer.Span[..Result]);
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
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<ReceiveWait>().Return(this);
}

/// <summary>A send: of as much as fits, or of everything.</summary>
internal sealed class SendWait : SocketWait<int>
{
    internal ReadOnlyMemory<byte> Buffer { get; set; }

    internal bool IsWhole { get; set; }

    private protected override bool Attempt()
    {
        while (true)
        {
            int result = SocketCalls.Send(Socket, Buffer.Span);
            if (result == SocketCalls.WouldBlock)
            {
                return false;
            }

            if (result < 0)
            {
                return Fail(result);
            }

            Result += result;
            Buffer = Buffer[result..];
            if (!IsWhole || Buffer.IsEmpty)
            {
                return Complete();
            }
        }
    }

    private protected override ulong SubmitTo(ICompletions completions) => Socket.IsDatagram
        ? completions.SendMessage(Socket.Handle, Buffer, [], this)
        : completions.Send(Socket.Handle, Buffer, IsWhole, this);

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        if (result < 0)
        {
            Fail(result);
            return;
        }

        Result += result;
        Buffer = Buffer[result..];
        if (!IsWhole || Buffer.IsEmpty)
        {
            Complete();
        }
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Result = 0;
        Buffer = default;
        IsWhole = false;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<SendWait>().Return(this);
}

/// <summary>An accept.</summary>
internal sealed class AcceptWait : SocketWait<GreenSocket>
{
    private protected override bool Attempt()
    {
        int result = SocketCalls.Accept(Socket, out GreenSocket? accepted);
        if (result == SocketCalls.WouldBlock)
        {
            return false;
        }

        if (result < 0)
        {
            return Fail(result);
        }

        Result = accepted!;
        return Complete();
    }

    private protected override ulong SubmitTo(ICompletions completions) => completions.Accept(Socket.Handle, this);

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        if (result < 0)
        {
            if (!SocketCalls.IsOfTheConnection(-result))
            {
                Fail(result);
            }

            return;
        }

        Result = new GreenSocket(new FileDescriptorHandle(result), Socket.Family, Socket.IsDatagram);
        Complete();
    }

    internal override void Undelivered()
    {
        // None came where the wait was only withdrawn.
        if (Error is null && Result is { } connection)
        {
            Socket.Keep(connection);
        }
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<AcceptWait>().Return(this);
}

/// <summary>A wait for readiness alone: under a blocking call, whose buffer lives on its caller's stack, and for a connect to end.</summary>
internal sealed class SocketReadyWait : SocketWait<bool>
{
    public override bool LeavesReadiness => true;

    private protected override bool Attempt() => Complete();

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<SocketReadyWait>().Return(this);
}
