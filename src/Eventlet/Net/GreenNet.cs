using System.Net;
using System.Net.Sockets;
using Eventlet.Diagnostics;

namespace Eventlet.Net;

/// <summary>Shortcuts for servers and clients.</summary>
public static partial class GreenNet
{
    /// <summary>A socket that takes stream connections. Any thread.</summary>
    /// <param name="at">An IP address with a port (0: the system chooses), or a Unix address, whose file must not exist. <see cref="IPAddress.IPv6Any"/> takes IPv4 too.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <param name="reuseAddress">As <see cref="ListenOptions.ReuseAddress"/>.</param>
    /// <param name="reusePort">As <see cref="ListenOptions.ReusePort"/>.</param>
    /// <exception cref="SocketException">AddressAlreadyInUse among others.</exception>
    public static GreenSocket Listen(EndPoint at, int backlog = 512, bool reuseAddress = true, bool reusePort = false) =>
        Listen(at, new ListenOptions { Backlog = backlog, ReuseAddress = reuseAddress, ReusePort = reusePort });

    /// <inheritdoc cref="Listen(EndPoint, int, bool, bool)"/>
    /// <param name="options">How.</param>
    public static GreenSocket Listen(EndPoint at, ListenOptions options)
    {
        ArgumentNullException.ThrowIfNull(at);
        ArgumentNullException.ThrowIfNull(options);

        // Binding a Tcp socket, .NET sets SO_REUSEADDR by itself except on Windows. Its ReuseAddress would set SO_REUSEPORT too, with which
        // a second server takes half of the first one's connections instead of being refused.
        GreenSocket socket = at is IPEndPoint && !options.ReuseAddress && !OperatingSystem.IsWindows()
            ? new GreenSocket(at.AddressFamily, SocketType.Stream, ProtocolType.Unspecified)
            : SocketFor(at);
        try
        {
            if (at is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } && options.DualMode)
            {
                socket.DualMode = true;
            }

            if (options.ReusePort && at is IPEndPoint ip)
            {
                if (ip.Port == 0)
                {
                    HubEventSource.Log.ReuseRandomPort(socket.ToString());
                }

                socket.TrySharePort();
            }

            socket.Bind(at);
            socket.Listen(options.Backlog);
            return socket;
        }
        catch
        {
            socket.Close();
            throw;
        }
    }

    /// <summary>A socket that receives datagrams at an address, and sends them from there. Any thread.</summary>
    /// <param name="at">An IP address with a port (0: the system chooses), or a Unix address, whose file must not exist. <see cref="IPAddress.IPv6Any"/> takes IPv4 too.</param>
    /// <param name="reusePort">As <see cref="ListenOptions.ReusePort"/>: Linux spreads the senders over the sockets.</param>
    /// <exception cref="SocketException">AddressAlreadyInUse among others.</exception>
    public static GreenSocket BindDatagrams(EndPoint at, bool reusePort = false)
    {
        ArgumentNullException.ThrowIfNull(at);
        GreenSocket socket = at switch
        {
            IPEndPoint ip => new GreenSocket(ip.AddressFamily, SocketType.Dgram, ProtocolType.Udp),
            UnixDomainSocketEndPoint => new GreenSocket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified),
            _ => throw NoAddress(at, "datagram", nameof(at)),
        };
        try
        {
            if (at.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }

            if (reusePort && at is IPEndPoint)
            {
                socket.TrySharePort();
            }

            socket.Bind(at);
            return socket;
        }
        catch
        {
            socket.Close();
            throw;
        }
    }

    /// <summary>Two Unix sockets without names that are connected to each other (socketpair(2)). Any thread.</summary>
    /// <param name="type">Stream or Dgram; Seqpacket where the system has it.</param>
    /// <exception cref="PlatformNotSupportedException">On Windows.</exception>
    /// <exception cref="SocketException">For want of descriptors, or of this type.</exception>
    public static (GreenSocket One, GreenSocket Other) SocketPair(SocketType type = SocketType.Stream)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Windows has no socketpair: use a Pipe, or connect two sockets");
        }

        return SocketCalls.Pair(type);
    }

    private static GreenSocket SocketFor(EndPoint address) => address switch
    {
        IPEndPoint ip => new GreenSocket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp),
        UnixDomainSocketEndPoint => new GreenSocket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        _ => throw NoAddress(address, "stream", nameof(address)),
    };

    private static ArgumentException NoAddress(EndPoint address, string kind, string parameter) =>
        new($"a {address.GetType().Name} is no address of a {kind} socket: give an IPEndPoint or a UnixDomainSocketEndPoint", parameter);
}
