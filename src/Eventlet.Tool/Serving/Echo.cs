using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Tool.Serving;

/// <summary>Sends back what comes.</summary>
internal static class Echo
{
    // Larger than the messages that are measured: a receive that does not fill it tells that nothing is left.
    private const int BufferSize = 32 * 1024;

    internal static async Task HandleAsync(GreenSocket connection)
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        try
        {
            int count;
            while ((count = await connection.ReceiveAsync(buffer)) > 0)
            {
                await connection.SendAllAsync(buffer[..count]);
            }
        }
        catch (SocketException)
        {
            // The peer is gone: the end of this connection, no matter of the server's.
        }
    }
}
