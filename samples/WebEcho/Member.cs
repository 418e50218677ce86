using System.Net.WebSockets;
using System.Threading.Channels;

namespace Samples;

/// <summary>One browser: its WebSocket, what it has typed, and what it is still to be told. Any thread.</summary>
internal sealed class Member(WebSocket socket)
{
    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(256);
    private bool _hasEnded;
    private WebSocketCloseStatus _reason;

    /// <summary>All that is in its text field.</summary>
    internal string Text { get; set; } = "";

    internal void Tell(ToBrowser message) => Tell(message.ToBytes());

    /// <summary>Never waits: a browser that does not read is cut off, so it holds up nobody, and gets everything anew when it comes back.</summary>
    internal void Tell(byte[] message)
    {
        if (!_lines.Writer.TryWrite(message) && !Volatile.Read(ref _hasEnded))
        {
            socket.Abort();
        }
    }

    /// <summary>Ends <see cref="WriteAsync"/> after all that is still to be told, with this as the reason, unless it has ended before.</summary>
    internal void End(WebSocketCloseStatus reason)
    {
        if (!Interlocked.Exchange(ref _hasEnded, true))
        {
            _reason = reason;
            _lines.Writer.TryComplete();
        }
    }

    /// <summary>Sends what is to be told until <see cref="End"/>, and says good-bye. The only one that sends.</summary>
    internal async Task WriteAsync()
    {
        try
        {
            await foreach (byte[] line in _lines.Reader.ReadAllAsync())
            {
                await socket.SendAsync(line, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }

            await socket.CloseOutputAsync(_reason, null, CancellationToken.None);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone, or cut off; its reader notices too.
            End(WebSocketCloseStatus.Empty);
        }
    }
}
