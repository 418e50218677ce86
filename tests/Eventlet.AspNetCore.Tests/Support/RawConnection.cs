using System.Net.Sockets;
using System.Text;

namespace Eventlet.Tests.Support;

/// <summary>A client that speaks HTTP by hand.</summary>
internal sealed class RawConnection(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly StringBuilder _seen = new();

    internal Socket Socket => socket;

    internal async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    internal void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    internal void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Receives until a text has come, and takes everything to its end.</summary>
    internal async Task<string> ReceiveUntilAsync(string text)
    {
        while (true)
        {
            string all = _seen.ToString();
            int at = all.IndexOf(text, StringComparison.Ordinal);
            if (at >= 0)
            {
                _seen.Remove(0, at + text.Length);
                return all[..(at + text.Length)];
            }

            int count = await socket.ReceiveAsync(_buffer);
            Assert.True(count > 0, $"the connection has ended before \"{text}\"; after: {all}");
            _seen.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        }
    }

    /// <summary>Receives to the end of the stream.</summary>
    internal async Task<string> ReceiveToEndAsync()
    {
        int count;
        while ((count = await socket.ReceiveAsync(_buffer)) > 0)
        {
            _seen.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        }

        string all = _seen.ToString();
        _seen.Clear();
        return all;
    }

    /// <summary>A response whose length stands in its head.</summary>
    internal async Task<(string Head, string Body)> ReceiveResponseAsync()
    {
        string head = await ReceiveUntilAsync("\r\n\r\n");
        int length = head.Split("\r\n").Where(static line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)).Select(static line => int.Parse(line[16..])).SingleOrDefault();
        while (_seen.Length < length)
        {
            int count = await socket.ReceiveAsync(_buffer);
            Assert.True(count > 0, "the connection has ended within a body");
            _seen.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        }

        string body = _seen.ToString(0, length);
        _seen.Remove(0, length);
        return (head, body);
    }

    public void Dispose() => socket.Dispose();
}
