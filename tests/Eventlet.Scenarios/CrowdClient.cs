using System.Diagnostics;
using System.Globalization;
using System.Net;
using Eventlet.Net;

namespace Eventlet.Scenarios;

/// <summary>
/// A crowd of connections to one server. It does what it is told line by line: "open COUNT", "talk CONNECTIONS MESSAGES", "close", with a number at the end
/// that tells one line from another. Argument: the server's address.
/// </summary>
internal sealed class CrowdClient(IPEndPoint server)
{
    private readonly List<GreenSocket> _sockets = [];
    private readonly List<ulong> _trips = [];

    internal static Task<int> RunAsync(string[] args)
    {
        var crowd = new CrowdClient(IPEndPoint.Parse(args[0]));
        Hub hub = Hubs.GetHub();
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            int[] numbers = [.. words[1..].Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
            var clock = Stopwatch.StartNew();
            hub.Run(() => words[0] switch
            {
                "open" => crowd.OpenAsync(numbers[0]),
                "talk" => crowd.TalkAsync(numbers[0], numbers[1]),
                "close" => crowd.CloseAsync(),
                _ => throw new ArgumentException(line),
            });
            Console.WriteLine($"{line}: done in {clock.Elapsed.TotalSeconds:0.00} s");
        }

        return Task.FromResult(0);
    }

    private async Task OpenAsync(int count)
    {
        while (_sockets.Count < count)
        {
            GreenSocket socket = await GreenNet.ConnectAsync(server);
            socket.NoDelay = true;
            _sockets.Add(socket);
            _trips.Add(0);
        }
    }

    private async Task TalkAsync(int connections, int messages)
    {
        GreenThread[] talks = [.. Enumerable.Range(0, connections).Select(connection => GreenThread.Spawn(() => TalkAsync(connection, messages, (ulong)connection)))];
        foreach (GreenThread talk in talks)
        {
            await talk;
        }
    }

    private async Task TalkAsync(int index, int messages, ulong connection)
    {
        byte[] message = new byte[CrowdMessage.Size];
        byte[] reply = new byte[CrowdMessage.Room];
        for (int i = 0; i < messages; i++)
        {
            ulong trip = _trips[index]++;
            CrowdMessage.Fill(message, connection, trip, isReply: false);
            await _sockets[index].SendAllAsync(message);
            if (!await CrowdMessage.ReceiveAsync(_sockets[index], reply))
            {
                throw new InvalidDataException($"connection {connection} was closed before trip {trip}");
            }

            CrowdMessage.Fill(message, connection, trip, isReply: true);
            CrowdMessage.Expect(message, reply.AsSpan(0, CrowdMessage.Size));
        }
    }

    /// <summary>Ends each in order: the server has nothing more to say.</summary>
    private async Task CloseAsync()
    {
        byte[] rest = new byte[1];
        _sockets.ForEach(socket => socket.Shutdown(System.Net.Sockets.SocketShutdown.Send));
        foreach (GreenSocket socket in _sockets)
        {
            if (await socket.ReceiveAsync(rest) != 0)
            {
                throw new InvalidDataException("the server has sent more than it was asked for");
            }

            socket.Close();
        }

        _sockets.Clear();
        _trips.Clear();
    }
}
