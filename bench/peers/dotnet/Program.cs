using System.Net;
using System.Net.Sockets;
using Eventlet.Bench.Peers;

namespace Eventlet.Bench.DotnetPeer;

/// <summary>The servers of the comparison on <see cref="Socket"/>: <c>DotnetPeer MODE</c>.</summary>
internal static class Program
{
    private const int Backlog = 4096;

    private static async Task<int> Main(string[] args)
    {
        if (args is not [("echo" or "broadcast" or "udp") and string mode])
        {
            await Console.Error.WriteLineAsync("usage: DotnetPeer echo|broadcast|udp");
            return 2;
        }

        Probe.Start();
        if (mode == "udp")
        {
            return await Datagrams.ServeAsync();
        }

        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(Backlog);
        Console.WriteLine($"listening on {listener.LocalEndPoint} (.NET {Environment.Version})");
        Func<Socket, Task> handler = mode == "echo" ? Echo.HandleAsync : new Broadcast().HandleAsync;
        for (; ; )
        {
            Socket connection = await listener.AcceptAsync();
            connection.NoDelay = true;
            _ = handler(connection);
        }
    }
}
