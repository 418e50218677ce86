using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Microsoft.AspNetCore.Connections;

namespace Eventlet.AspNetCore;

/// <summary>Connections of clients on hubs: an IP endpoint, a host with a port, or a Unix socket. Any thread. AddHubConnections registers it.</summary>
public sealed class HubConnectionFactory : IConnectionFactory
{
    private readonly HubTransport _transport;

    internal HubConnectionFactory(HubTransport transport) => _transport = transport;

    /// <summary>Connects, on the hub with the fewest greenthreads. Reads and flushes go on where their awaiter was, as any await does.</summary>
    /// <param name="endpoint">An IPEndPoint, DnsEndPoint or UnixDomainSocketEndPoint.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection, which its caller disposes.</returns>
    /// <exception cref="SocketException">Refused, unreachable, unknown host.</exception>
    /// <exception cref="NotSupportedException">Another kind of endpoint.</exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (endpoint is not (IPEndPoint or DnsEndPoint or UnixDomainSocketEndPoint))
        {
            throw new NotSupportedException($"hubs do not connect to a {endpoint.GetType().Name}: give an IPEndPoint, a DnsEndPoint or a UnixDomainSocketEndPoint");
        }

        Hub hub = _transport.Group.LeastBusy;
        GreenSocket socket = await hub.InvokeAsync(() => Connect(endpoint, cancellationToken)).ConfigureAwait(false);
        if (_transport.Options.NoDelay && endpoint is not UnixDomainSocketEndPoint)
        {
            socket.NoDelay = true;
        }

        return _transport.Open(socket, hub, _transport.ClientSettings);
    }

    private static Task<GreenSocket> Connect(EndPoint endpoint, CancellationToken cancellationToken) => endpoint is DnsEndPoint host
        ? GreenNet.ConnectAsync(host.Host, host.Port, null, cancellationToken).AsTask()
        : GreenNet.ConnectAsync(endpoint, cancellationToken).AsTask();
}
