using System.Buffers;
using Eventlet.Descriptors;

namespace Eventlet.Net;

/// <summary>A receive that asks for memory only when there is something to put into it.</summary>
internal sealed class WriterReceiveWait : SocketWait<int>
{
    /// <summary>How much a backend that holds what was received may give at once: what a block of the usual pools takes.</summary>
    private const int Room = 4096;

    /// <summary>Tells the backend a length; it is never written to.</summary>
    private static readonly byte[] s_length = new byte[Room];

    internal IBufferWriter<byte> Writer { get; set; } = null!;

    internal int SizeHint { get; set; }

    private protected override bool Attempt()
    {
        int result = Socket.TryReceive(Writer.GetSpan(SizeHint), Hub);
        if (result == SocketCalls.WouldBlock)
        {
            return false;
        }

        if (result < 0)
        {
            return Fail(result);
        }

        Writer.Advance(result);
        Result = result;
        return Complete();
    }

    // One that would have to be given memory now waits for readiness instead.
    private protected override ulong SubmitTo(ICompletions completions) =>
        completions.HoldsReceived ? completions.Receive(Socket.Handle, s_length, Socket.Expected & ~Expectation.Bulk, this) : 0;

    private protected override void Ended(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        result = Socket.ResultOf(result);
        if (result < 0)
        {
            Fail(result);
            return;
        }

        int taken = 0;
        try
        {
            while (taken < data.Length)
            {
                Span<byte> room = Writer.GetSpan(taken == 0 ? SizeHint : 0);
                int count = Math.Min(room.Length, data.Length - taken);
                data.Slice(taken, count).CopyTo(room);
                Writer.Advance(count);
                taken += count;
            }
        }
        catch (Exception error)
        {
            // The writer is the user's own, and refuses; what it has not taken is there for the next receive.
            Socket.Keep(data[taken..]);
            Complete(error);
            return;
        }

        Socket.Expected = next;
        Result = result;
        Complete();
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Writer = null!;
        SizeHint = 0;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<WriterReceiveWait>().Return(this);
}
