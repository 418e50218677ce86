using System.Net;
using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Bench.HubPeer;

/// <summary>Sends each datagram back.</summary>
internal static class Datagrams
{
    internal static async Task ServeAsync(GreenSocket socket)
    {
        Memory<byte> buffer = new byte[64 * 1024];
        var peer = new SocketAddress(AddressFamily.InterNetwork);
        for (; ; )
        {
            ReceivedDatagram datagram = await socket.ReceiveFromAsync(buffer, peer);
            await socket.SendToAsync(buffer[..datagram.Count], peer);
        }
    }
}
