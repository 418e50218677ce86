using System.Net.Sockets;

namespace Eventlet.Bench.DotnetPeer;

/// <summary>Sends back what comes.</summary>
internal static class Echo
{
    private const int BufferSize = 32 * 1024;

    internal static async Task HandleAsync(Socket connection)
    {
        using Socket owned = connection;
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        try
        {
            int count;
            while ((count = await connection.ReceiveAsync(buffer)) > 0)
            {
                for (Memory<byte> rest = buffer[..count]; rest.Length > 0;)
                {
                    rest = rest[await connection.SendAsync(rest)..];
                }
            }
        }
        catch (SocketException)
        {
            // The peer is gone.
        }
    }
}
