using System.Net;
using System.Net.Sockets;

namespace Eventlet.Net;

/// <summary>
/// Listens on one address for all hubs of a <see cref="HubGroup"/>. Where the system spreads connections over several sockets of one port (SO_REUSEPORT, TCP on Linux)
/// each hub accepts its own; otherwise the first hub accepts and hands each connection to the hub with the fewest greenthreads. Any thread.
/// </summary>
public sealed class GroupListener : IDisposable
{
    private readonly HubGroup _group;
    private readonly GreenSocket[] _sockets;

    /// <summary>Begins to listen. The group stays its caller's.</summary>
    /// <param name="group">The hubs that will serve.</param>
    /// <param name="at">An IP address with a port (0: the system chooses), or a Unix address, whose file must not exist.</param>
    /// <param name="backlog">How many connections may wait to be accepted, at each socket.</param>
    /// <param name="oneAcceptor">
    /// Whether the first hub accepts for all even where it need not. The system spreads by a hash of the addresses, which is uneven for few, long-lived
    /// connections; one acceptor spreads by load, at the price of a hop between threads for each connection. Default: false.
    /// </param>
    /// <exception cref="SocketException">AddressAlreadyInUse among others.</exception>
    public GroupListener(HubGroup group, EndPoint at, int backlog = 512, bool oneAcceptor = false)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(at);
        _group = group;
        bool isSpread = !oneAcceptor && group.Hubs.Count > 1 && at is IPEndPoint && OperatingSystem.IsLinux();
        _sockets = isSpread ? ListenOnEach((IPEndPoint)at, group.Hubs.Count, backlog) : [GreenNet.Listen(at, backlog)];
    }

    /// <summary>The address, with the port that the system chose.</summary>
    public EndPoint LocalEndPoint => _sockets[0].LocalEndPoint!;

    /// <summary>Serves on all hubs, as <see cref="GreenNet.ServeAsync(GreenSocket, Func{GreenSocket, Task}, ServeOptions, CancellationToken)"/> does on one. Once.</summary>
    /// <param name="handler">Gets the connection, in a greenthread of one of the hubs.</param>
    /// <param name="options">The limits, per accepting hub; null: the defaults.</param>
    /// <param name="cancellationToken">Ends the servers.</param>
    /// <returns>A task that ends when all have; a <see cref="StopServe"/> or an error on one of the hubs ends the others too.</returns>
    public async Task ServeAsync(Func<GreenSocket, Task> handler, ServeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= new ServeOptions();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] serving = [.. _sockets.Select((socket, i) => ServeOnAsync(_group.Hubs[i], socket, handler, options, end))];
        await Task.WhenAll(serving).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Closes the sockets; servers on them end with <see cref="IOClosedException"/>. Idempotent.</summary>
    public void Dispose() => Array.ForEach(_sockets, static socket => socket.Close());

    private async Task ServeOnAsync(Hub hub, GreenSocket socket, Func<GreenSocket, Task> handler, ServeOptions options, CancellationTokenSource end)
    {
        HubGroup? places = _sockets.Length < _group.Hubs.Count ? _group : null;
        try
        {
            await hub.InvokeAsync(() => GreenNet.RunAsync(new ConnectionServer(hub, socket, handler, options, places), end.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (error.CancellationToken == end.Token)
        {
            // Ended by the caller, who is told by ServeAsync, or together with another hub's server.
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    private static GreenSocket[] ListenOnEach(IPEndPoint at, int count, int backlog)
    {
        var sockets = new List<GreenSocket>(count);
        try
        {
            for (int i = 0; i < count; i++)
            {
                // The first one finds a port if none was named; nobody else can have it, for only this user's sockets may share it.
                var socket = new GreenSocket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                socket.ReusePort = true;
                if (at.AddressFamily == AddressFamily.InterNetworkV6)
                {
                    socket.DualMode = true;
                }

                socket.Bind(i == 0 ? at : sockets[0].LocalEndPoint!);
            }

            // All are bound before one listens, so that no connection meets a part of them.
            sockets.ForEach(socket => socket.Listen(backlog));
            return [.. sockets];
        }
        catch
        {
            sockets.ForEach(static socket => socket.Close());
            throw;
        }
    }
}
