using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Eventlet.AspNetCore.Connections;

// Sends what was flushed, until the writer is complete or the connection fails. It goes on wherever the flush was made: the sending itself needs no hub, only waiting does.
internal sealed partial class HubConnection
{
    private async Task SendAsync()
    {
        Exception? reason = null;
        Exception? unexpected = null;
        try
        {
            await SendUntilEndAsync().ConfigureAwait(false);
        }
        catch (SocketException error) when (SocketFailures.IsReset(error))
        {
            reason = new ConnectionResetException(error.Message, error);
            _settings.Log.ConnectionReset(ConnectionId);
        }
        catch (Exception error) when (error is IOClosedException or ObjectDisposedException || SocketFailures.IsAbort(error))
        {
            // Closed here, by an abort, which has set the reason.
            reason = error;
        }
        catch (Exception error)
        {
            reason = unexpected = error;
            _settings.Log.ConnectionError(ConnectionId, error);
        }
        finally
        {
            Shutdown(reason);
            await _output.Reader.CompleteAsync(unexpected).ConfigureAwait(false);

            // Receiving may be paused for want of room.
            _input.Writer.CancelPendingFlush();
        }
    }

    private async Task SendUntilEndAsync()
    {
        PipeReader output = _output.Reader;
        while (true)
        {
            ReadResult result = await output.ReadAsync().ConfigureAwait(false);
            if (result.IsCanceled)
            {
                return;
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            if (!buffer.IsEmpty)
            {
                ValueTask sending = buffer.IsSingleSegment ? _socket.SendAllAsync(buffer.First) : _socket.SendAllAsync(buffer);
                await sending.ConfigureAwait(false);
            }

            output.AdvanceTo(buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }
}
