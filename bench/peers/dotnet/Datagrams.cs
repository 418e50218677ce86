using System.Net;
using System.Net.Sockets;

namespace Eventlet.Bench.DotnetPeer;

/// <summary>Sends each datagram back.</summary>
internal static class Datagrams
{
    internal static async Task<int> ServeAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Console.WriteLine($"listening on {socket.LocalEndPoint} (.NET {Environment.Version})");
        Memory<byte> buffer = new byte[64 * 1024];
        var peer = new SocketAddress(AddressFamily.InterNetwork);
        for (; ; )
        {
            int count = await socket.ReceiveFromAsync(buffer, SocketFlags.None, peer);
            await socket.SendToAsync(buffer[..count], SocketFlags.None, peer);
        }
    }
}
