using System.Net.WebSockets;
using System.Text.Json;

namespace Samples;

/// <summary>All browsers that are connected, and what each has typed. Any thread.</summary>
public sealed class Room
{
    private const int LongestMessage = 8192;

    // Nobody waits while holding it. It keeps what is told to each browser in one order.
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Member> _members = [];
    private int _last;

    /// <summary>Serves one browser until it leaves or <paramref name="stopping"/> is cancelled.</summary>
    public async Task WelcomeAsync(WebSocket socket, CancellationToken stopping)
    {
        var member = new Member(socket);
        Task writing = member.WriteAsync();
        // A server that stops says good-bye first; the browser's answer to that ends the reading.
        await using CancellationTokenRegistration farewell = stopping.UnsafeRegister(static member => ((Member)member!).End(WebSocketCloseStatus.EndpointUnavailable), member);
        int number = Admit(member);
        WebSocketCloseStatus reason = await ListenAsync(number, member, socket);
        Dismiss(number);
        member.End(reason);
        await writing;
    }

    private int Admit(Member member)
    {
        lock (_gate)
        {
            int number = ++_last;
            member.Tell(new ToBrowser(You: number));
            foreach ((int other, Member its) in _members)
            {
                member.Tell(new ToBrowser(From: other, Text: its.Text));
            }

            _members.Add(number, member);
            TellAll(new ToBrowser(From: number, Text: "", Browsers: _members.Count));
            return number;
        }
    }

    private void Dismiss(int number)
    {
        lock (_gate)
        {
            _members.Remove(number);
            TellAll(new ToBrowser(Left: number, Browsers: _members.Count));
        }
    }

    private async Task<WebSocketCloseStatus> ListenAsync(int number, Member member, WebSocket socket)
    {
        var buffer = new byte[LongestMessage];
        try
        {
            for (int length = 0; length < buffer.Length;)
            {
                ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return WebSocketCloseStatus.NormalClosure;
                }

                length += part.Count;
                if (part.EndOfMessage)
                {
                    Take(number, member, FromBrowser.Read(buffer.AsSpan(0, length)));
                    length = 0;
                }
            }

            return WebSocketCloseStatus.MessageTooBig;
        }
        catch (JsonException)
        {
            return WebSocketCloseStatus.InvalidPayloadData;
        }
        catch (WebSocketException)
        {
            // Gone without a word.
            return WebSocketCloseStatus.Empty;
        }
    }

    private void Take(int number, Member member, FromBrowser said)
    {
        if (said.Ping is { } ping)
        {
            member.Tell(new ToBrowser(Pong: ping));
        }

        if (said.Text is { } text)
        {
            lock (_gate)
            {
                member.Text = text;
                TellAll(new ToBrowser(From: number, Text: text));
            }
        }
    }

    private void TellAll(ToBrowser message)
    {
        byte[] bytes = message.ToBytes();
        foreach (Member member in _members.Values)
        {
            member.Tell(bytes);
        }
    }
}
