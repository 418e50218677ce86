using System.Net;
using System.Net.Sockets;
using Eventlet.AspNetCore.Connections;
using Eventlet.Net;
using Microsoft.AspNetCore.Connections;

namespace Eventlet.AspNetCore;

/// <summary>One address that Kestrel listens at. Kestrel calls AcceptAsync from one loop, which an exception would end for good: only the end comes out.</summary>
internal sealed class HubConnectionListener : IConnectionListener
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    private readonly HubTransport _transport;
    private readonly GreenSocket _socket;
    private readonly CancellationTokenSource _unbound = new();
    private readonly bool _isOwned;

    /// <summary>Whether the address listened at is that of each connection, too, which then need not be asked for.</summary>
    private readonly bool _isLocalEnd;
    private volatile bool _isUnbound;

    internal HubConnectionListener(HubTransport transport, GreenSocket socket, EndPoint endpoint)
    {
        _transport = transport;
        _socket = socket;
        _isOwned = endpoint is not FileHandleEndPoint;
        EndPoint = endpoint is FileHandleEndPoint ? endpoint : socket.LocalEndPoint ?? endpoint;
        _isLocalEnd = EndPoint is IPEndPoint { Address: var address } && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        TimeSpan pause = s_firstPause;
        while (true)
        {
            try
            {
                GreenSocket accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                HubConnection connection = _transport.Open(accepted, _transport.Group.LeastBusy, _transport.Settings);
                if (_isLocalEnd)
                {
                    connection.LocalEndPoint = EndPoint;
                }

                return connection;
            }
            catch (IOClosedException)
            {
                return null;
            }
            catch (HubException)
            {
                // The hubs have ended, and the server with them.
                return null;
            }
            catch (SocketException) when (_isUnbound)
            {
                return null;
            }
            catch (SocketException error)
            {
                Report(error, isFirst: pause == s_firstPause);
            }

            try
            {
                await Task.Delay(pause, _unbound.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return null;
            }

            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _isUnbound = true;
        if (_isOwned && !_socket.IsClosed)
        {
            StopListening();
        }

        _socket.Close();
        await _unbound.CancelAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        _unbound.Dispose();
    }

    /// <summary>Refuses newcomers from here on, whoever else still holds the file: an accept that io_uring has begun, for instance.</summary>
    private void StopListening()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or IOClosedException)
        {
            // Closing is enough, then.
        }
    }

    private void Report(SocketException error, bool isFirst)
    {
        if (SocketFailures.IsShortage(error))
        {
            _transport.Metrics.AcceptDeferred();
            if (isFirst)
            {
                _transport.Log.AcceptDeferred(EndPoint, error.Message);
            }
        }
        else if (isFirst)
        {
            _transport.Log.AcceptFailed(EndPoint, error);
        }
    }
}
