using System.Net;
using System.Net.Sockets;

namespace Eventlet.Net;

// Clients: to an address, and to a host by name.
public static partial class GreenNet
{
    /// <summary>A connected socket. Blocks, and is for code outside MAINLOOP.</summary>
    /// <param name="to">An IP or Unix address, or a host's name and port.</param>
    /// <exception cref="SocketException">Refused, unreachable or not found; of several addresses, the error of the last one.</exception>
    public static GreenSocket Connect(EndPoint to)
    {
        ArgumentNullException.ThrowIfNull(to);
        return ConnectBlocking(() => ConnectAsync(to).AsTask());
    }

    /// <summary>As <see cref="ConnectAsync(string, int, ConnectOptions?, CancellationToken)"/>, blocking, for code outside MAINLOOP.</summary>
    /// <param name="host">A name, or an address as text.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="options">How; null: the defaults.</param>
    /// <exception cref="SocketException">HostNotFound, or the error of the address that was tried last.</exception>
    public static GreenSocket Connect(string host, int port, ConnectOptions? options = null) =>
        ConnectBlocking(() => ConnectAsync(host, port, options).AsTask());

    /// <summary>A connected socket. Any thread.</summary>
    /// <param name="to">An IP or Unix address, or a host's name and port: then as <see cref="ConnectAsync(string, int, ConnectOptions?, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="SocketException">Refused, unreachable or not found; of several addresses, the error of the last one.</exception>
    public static ValueTask<GreenSocket> ConnectAsync(EndPoint to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(to);
        return to is DnsEndPoint named ? ConnectAsync(named.Host, named.Port, null, cancellationToken) : ConnectToAsync(to, cancellationToken);
    }

    /// <summary>
    /// A socket that is connected to whichever address of a host answers first: they are tried in turn, IPv6 and IPv4 alternating, so that a family that does not work
    /// costs a quarter of a second at most (RFC 8305). Any thread.
    /// </summary>
    /// <param name="host">A name, or an address as text.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="cancellationToken">Gives all attempts up.</param>
    /// <exception cref="SocketException">HostNotFound, or the error of the address that was tried last.</exception>
    public static ValueTask<GreenSocket> ConnectAsync(string host, int port, ConnectOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return ConnectToAsync(new IPEndPoint(address, port), cancellationToken);
        }

        options ??= new ConnectOptions();
        return GreenThread.Current is { } current
            ? ConnectToHostAsync(current, host, port, options, cancellationToken)
            : new ValueTask<GreenSocket>(ConnectFromOutsideAsync(Hubs.GetHub(), host, port, options, cancellationToken));
    }

    private static GreenSocket ConnectBlocking(Func<Task<GreenSocket>> connect)
    {
        Blocking.RefuseInMainloop("GreenNet.Connect", "GreenNet.ConnectAsync");
        GreenThread<GreenSocket> connecting = Hubs.GetHub().Spawn(connect);
        try
        {
            return connecting.Wait();
        }
        finally
        {
            connecting.Kill();
        }
    }

    private static Task<GreenSocket> ConnectFromOutsideAsync(Hub hub, string host, int port, ConnectOptions options, CancellationToken cancellationToken) =>
        hub.InvokeAsync(() => ConnectToHostAsync(GreenThread.Current!, host, port, options, cancellationToken).AsTask());

    private static async ValueTask<GreenSocket> ConnectToHostAsync(GreenThread current, string host, int port, ConnectOptions options, CancellationToken cancellationToken)
    {
        // In a greenthread of its own, so that a Kill or a time-out of this one does not have to wait for a resolver that takes its time.
        GreenThread<IPAddress[]> resolving = current.Hub.Spawn(() => options.Resolver(host, cancellationToken));
        IPAddress[] addresses;
        try
        {
            addresses = await resolving;
        }
        finally
        {
            resolving.Kill();
        }

        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound, $"no address is known for {host}");
        }

        return await new HappyEyeballs(current.Hub, current, HappyEyeballs.Order(addresses, port), options.AttemptDelay).ConnectAsync(cancellationToken);
    }

    private static async ValueTask<GreenSocket> ConnectToAsync(EndPoint to, CancellationToken cancellationToken)
    {
        GreenSocket socket = SocketFor(to);
        try
        {
            await socket.ConnectAsync(to, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Close();
            throw;
        }
    }
}
