using System.Net;
using System.Net.Sockets;
using Eventlet.Bench.Peers;
using Eventlet.Net;

namespace Eventlet.Bench.HubPeer;

/// <summary>The servers of the comparison on a hub: <c>HubPeer MODE HUB</c>, the hub running on the entry thread.</summary>
internal static class Program
{
    private const int Backlog = 4096;
    private static readonly IPEndPoint Any = new(IPAddress.Loopback, 0);

    private static int Main(string[] args)
    {
        if (args is not [("echo" or "broadcast" or "udp") and string mode, string hub])
        {
            Console.Error.WriteLine("usage: HubPeer echo|broadcast|udp HUB");
            return 2;
        }

        Hubs.UseHub(hub);
        Probe.Start();
        using GreenSocket socket = mode == "udp" ? new GreenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) : GreenNet.Listen(Any, Backlog);
        if (mode == "udp")
        {
            socket.Bind(Any);
        }

        Console.WriteLine($"listening on {socket.LocalEndPoint} (.NET {Environment.Version}, hub {Hubs.GetHub().Name})");
        switch (mode)
        {
            case "udp":
                Hubs.GetHub().Run(() => Datagrams.ServeAsync(socket));
                break;
            case "broadcast":
                GreenNet.Serve(socket, new Broadcast().HandleAsync, int.MaxValue);
                break;
            default:
                GreenNet.Serve(socket, Echo.HandleAsync, int.MaxValue);
                break;
        }

        return 0;
    }
}
