using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Bench.HubPeer;

/// <summary>Sends what comes from anybody to everybody, the sender included.</summary>
internal sealed class Broadcast
{
    private const int BufferSize = 4 * 1024;
    private readonly List<GreenSocket> _members = [];
    private readonly List<ValueTask> _sending = [];

    internal async Task HandleAsync(GreenSocket connection)
    {
        Memory<byte> buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        _members.Add(connection);
        try
        {
            int count;
            while ((count = await connection.ReceiveAsync(buffer)) > 0)
            {
                await SendToAllAsync(buffer[..count]);
            }
        }
        catch (SocketException)
        {
            // The peer is gone.
        }
        finally
        {
            _members.Remove(connection);
        }
    }

    /// <summary>All sends are begun before any is waited for: a hub with completions submits them in one system call.</summary>
    private async ValueTask SendToAllAsync(Memory<byte> message)
    {
        List<ValueTask> sending = _sending.Count == 0 ? _sending : [];
        foreach (GreenSocket member in _members)
        {
#pragma warning disable CA2012 // Each is awaited once, below.
            sending.Add(member.SendAllAsync(message));
#pragma warning restore CA2012
        }

        foreach (ValueTask one in sending)
        {
            await one;
        }

        sending.Clear();
    }
}
