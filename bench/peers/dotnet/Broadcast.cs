using System.Net.Sockets;

namespace Eventlet.Bench.DotnetPeer;

/// <summary>Sends what comes from anybody to everybody, the sender included.</summary>
internal sealed class Broadcast
{
    private const int BufferSize = 4 * 1024;
    private readonly Lock _gate = new();
    private Socket[] _members = [];

    internal async Task HandleAsync(Socket connection)
    {
        using Socket owned = connection;
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        lock (_gate)
        {
            _members = [.. _members, connection];
        }

        try
        {
            int count;
            while ((count = await connection.ReceiveAsync(buffer)) > 0)
            {
                foreach (Socket member in _members)
                {
                    await member.SendAsync(buffer[..count]);
                }
            }
        }
        catch (SocketException)
        {
            // The peer is gone.
        }
        finally
        {
            lock (_gate)
            {
                _members = [.. _members.Where(member => member != connection)];
            }
        }
    }
}
