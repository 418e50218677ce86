using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Microsoft.AspNetCore.Connections;

namespace Eventlet.AspNetCore;

/// <summary>
/// The transport: listens on hubs at IP endpoints, Unix domain sockets and handles of listening sockets, for Kestrel and for whatever else uses its abstractions.
/// UseHubs and AddHubConnections register it. Any thread.
/// </summary>
public sealed class HubConnectionListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly HubTransport _transport;

    internal HubConnectionListenerFactory(HubTransport transport) => _transport = transport;

    /// <summary>Whether it can listen there.</summary>
    /// <param name="endpoint">Any endpoint.</param>
    public bool CanBind(EndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return ListenSockets.Supports(endpoint);
    }

    /// <summary>Begins to listen; the first call starts the hubs.</summary>
    /// <param name="endpoint">Where; port 0 lets the system choose. IPv6Any takes IPv4 too.</param>
    /// <param name="cancellationToken">Not used: nothing here waits.</param>
    /// <exception cref="AddressInUseException">Somebody listens there.</exception>
    /// <exception cref="HubException">None of the hubs that the options name can be had.</exception>
    /// <exception cref="NotSupportedException">Named pipes, and what <see cref="CanBind"/> denies.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (!ListenSockets.Supports(endpoint))
        {
            throw ListenSockets.Unsupported(endpoint);
        }

        // Before anything is bound: if there is no hub the server must not take the port.
        HubGroup group = _transport.Group;
        Socket socket;
        try
        {
            socket = _transport.Options.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(error.Message, error);
        }

        var listening = new GreenSocket(socket, ownsSocket: endpoint is not FileHandleEndPoint) { Home = group.Hubs[0] };
        try
        {
            if (_transport.Options.NoDelay && socket.AddressFamily != AddressFamily.Unix)
            {
                // Linux and BSD hand it down to what is accepted.
                socket.NoDelay = true;
            }

            socket.Listen(_transport.Options.Backlog);
            return ValueTask.FromResult<IConnectionListener>(new HubConnectionListener(_transport, listening, endpoint));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            listening.Close();
            throw new AddressInUseException(error.Message, error);
        }
        catch
        {
            listening.Close();
            throw;
        }
    }
}
