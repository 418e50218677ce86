using System.Buffers;
using Eventlet.Descriptors;
using Eventlet.Waits;

namespace Eventlet.Net;

// Receiving into a writer, such as a pipe's: a connection that waits holds no memory.
public sealed partial class GreenSocket
{
    /// <summary>Receives what is there, at least one byte, and advances the writer by it. Memory is asked for only when there is something to receive.</summary>
    /// <param name="writer">Where to; on a hub it is called on the hub's thread, before the waiter resumes.</param>
    /// <param name="sizeHint">The least size of the memory that is asked for; 0: whatever the writer likes to give.</param>
    /// <param name="cancellationToken">Ends the wait; nothing that has come is lost.</param>
    /// <returns>How many bytes the writer was advanced by; 0: the peer has ended its half.</returns>
    public ValueTask<int> ReceiveAsync(IBufferWriter<byte> writer, int sizeHint = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (Hub.Running is not { CurrentGreen: { } green } hub)
        {
            return ReceiveOutside(writer, sizeHint, cancellationToken);
        }

        if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
        {
            return Failed.Task<int>(interruption);
        }

        // A socket that was never waited for is not tried: to register it tells whether there is something.
        bool isUntried = IsTried(hub) && !_reading.IsDrained && !_reading.IsBusy && (HasKept || ReferenceEquals(_reading.Hub, hub));
        if (isUntried && hub.MayGoOn())
        {
            int result = TryReceive(writer.GetSpan(sizeHint), hub);
            if (result >= 0)
            {
                writer.Advance(result);
                return new ValueTask<int>(result);
            }

            if (result != SocketCalls.WouldBlock)
            {
                return ValueTask.FromException<int>(ErrorOf(result));
            }

            isUntried = false;
        }

        WriterReceiveWait wait = hub.Rent<WriterReceiveWait>();
        wait.Socket = this;
        wait.Direction = FdEvent.Read;
        wait.Writer = writer;
        wait.SizeHint = sizeHint;
        wait.IsUntried = isUntried;
        return Begin(hub, green, wait, scope, cancellationToken);
    }

    private async ValueTask<int> ReceiveOutside(IBufferWriter<byte> writer, int sizeHint, CancellationToken cancellationToken)
    {
        while (true)
        {
            await ReceiveOutside(Memory<byte>.Empty, forStream: false, cancellationToken).ConfigureAwait(false);
            int result = SocketCalls.Receive(this, writer.GetSpan(sizeHint));
            if (result >= 0)
            {
                writer.Advance(result);
                return result;
            }

            if (result != SocketCalls.WouldBlock)
            {
                throw ErrorOf(result);
            }
        }
    }
}
