using System.Net;
using System.Net.Sockets;
using Eventlet.Diagnostics;
using Eventlet.Interop;

namespace Eventlet.Net;

// The system's options. What is set here is the descriptor's, whoever else has it; the system may round, cap or refuse a value, and a SocketException says so.
public sealed partial class GreenSocket
{
    /// <summary>Whether small packets are sent at once (TCP_NODELAY). TCP only. Default: the system's, off.</summary>
    public bool NoDelay
    {
        get => View.NoDelay;
        set => View.NoDelay = value;
    }

    /// <summary>Whether an idle connection is probed, so that a peer which has vanished is noticed (SO_KEEPALIVE). TCP only. Default: off.</summary>
    public bool KeepAlive
    {
        get => GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive) != 0;
        set => SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, value ? 1 : 0);
    }

    /// <summary>How long a connection must be idle before the first probe (TCP_KEEPIDLE). Whole seconds, 1 to 32767 on Linux; a part counts as one. Default: 2 hours on Linux.</summary>
    public TimeSpan KeepAliveTime
    {
        get => TimeSpan.FromSeconds(GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        set => SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, WholeSeconds(value));
    }

    /// <summary>The time between two probes (TCP_KEEPINTVL). Whole seconds, 1 to 32767 on Linux; a part counts as one. Default: 75 s on Linux.</summary>
    public TimeSpan KeepAliveInterval
    {
        get => TimeSpan.FromSeconds(GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));
        set => SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, WholeSeconds(value));
    }

    /// <summary>After how many unanswered probes the connection is given up (TCP_KEEPCNT); 1 to 127 on Linux. Default: 9 on Linux.</summary>
    public int KeepAliveProbes
    {
        get => GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount);
        set => SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, value);
    }

    /// <summary>
    /// What a close does with bytes that are not acknowledged yet (SO_LINGER). Null: the system sends them in the background. Zero: they are dropped, and the peer sees a reset.
    /// More would keep the thread in the close for that long, which is not for a hub. Default: null.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Neither null nor zero.</exception>
    public TimeSpan? Linger
    {
        get => View.LingerState is { Enabled: true } linger ? TimeSpan.FromSeconds(linger.LingerTime) : null;
        set
        {
            if (value is { } time)
            {
                ArgumentOutOfRangeException.ThrowIfNotEqual(time, TimeSpan.Zero, nameof(value));
            }

            View.LingerState = new LingerOption(enable: value is not null, seconds: 0);
        }
    }

    /// <summary>
    /// Whether an address may be bound that lingering connections of an earlier socket still use; for datagrams, whether several sockets may bind one (SO_REUSEADDR alone: .NET's
    /// option of this name sets SO_REUSEPORT too). Before <see cref="Bind"/>. Default: off, except that .NET sets it when a TCP socket is bound.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">On Windows, where the option lets a stranger take an address in use.</exception>
    public bool ReuseAddress
    {
        get => GetUnixOption(SocketNumbers.ReuseAddress);
        set => SetUnixOption(SocketNumbers.ReuseAddress, value);
    }

    /// <summary>
    /// Whether several sockets of one user may bind one address (SO_REUSEPORT). Linux spreads connections and datagrams over them; macOS and BSD do not. All must set it, before
    /// <see cref="Bind"/>. Default: off.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">On Windows.</exception>
    public bool ReusePort
    {
        get => GetUnixOption(SocketNumbers.ReusePort);
        set => SetUnixOption(SocketNumbers.ReusePort, value);
    }

    /// <summary>Whether a socket of IPv6 is also one of IPv4, whose addresses it sees as ::ffff:a.b.c.d (IPV6_V6ONLY off). Before <see cref="Bind"/> or a connect. Default: false, as .NET makes sockets; see <see cref="ListenOptions.DualMode"/>.</summary>
    public bool DualMode
    {
        get => View.DualMode;
        set => View.DualMode = value;
    }

    /// <summary>Bytes of the system's receive buffer (SO_RCVBUF). Linux doubles what is set, for its own needs, and caps it by net.core.rmem_max; of a listener, before it listens.</summary>
    public int ReceiveBufferSize
    {
        get => View.ReceiveBufferSize;
        set => View.ReceiveBufferSize = value;
    }

    /// <summary>Bytes of the system's send buffer (SO_SNDBUF). Linux doubles what is set, for its own needs, and caps it by net.core.wmem_max.</summary>
    public int SendBufferSize
    {
        get => View.SendBufferSize;
        set => View.SendBufferSize = value;
    }

    /// <summary>Whether datagrams may be sent to a broadcast address (SO_BROADCAST). IPv4 only. Default: off, and sending to one is refused (AccessDenied).</summary>
    public bool EnableBroadcast
    {
        get => View.EnableBroadcast;
        set => View.EnableBroadcast = value;
    }

    /// <summary>Over how many routers a datagram to a group may go; 0 to 255. Default: 1, the local network.</summary>
    public int MulticastTimeToLive
    {
        get => GetSocketOption(IPLevel, SocketOptionName.MulticastTimeToLive);
        set => SetSocketOption(IPLevel, SocketOptionName.MulticastTimeToLive, value);
    }

    /// <summary>Whether what this host sends to a group reaches its own members. Set on the sender's socket; on Windows, the receiver's. Default: on.</summary>
    public bool MulticastLoopback
    {
        get => GetSocketOption(IPLevel, SocketOptionName.MulticastLoopback) != 0;
        set => SetSocketOption(IPLevel, SocketOptionName.MulticastLoopback, value ? 1 : 0);
    }

    /// <summary>Receives what is sent to a group, too. Several groups may be joined, up to net.ipv4.igmp_max_memberships on Linux.</summary>
    /// <param name="group">224.0.0.0/4 or ff00::/8.</param>
    /// <param name="networkInterface">The number of the interface (as of if_nametoindex(3)); 0: the system chooses by its routes.</param>
    public void JoinMulticastGroup(IPAddress group, int networkInterface = 0) => Multicast(group, networkInterface, SocketOptionName.AddMembership);

    /// <summary>Leaves a group that was joined with the same interface.</summary>
    /// <inheritdoc cref="JoinMulticastGroup" path="/param"/>
    public void LeaveMulticastGroup(IPAddress group, int networkInterface = 0) => Multicast(group, networkInterface, SocketOptionName.DropMembership);

    /// <summary>Chooses the interface by which datagrams to groups leave.</summary>
    /// <param name="networkInterface">Its number; 0: by the system's routes.</param>
    public void SetMulticastInterface(int networkInterface) => SetSocketOption(
        IPLevel, SocketOptionName.MulticastInterface, Family == AddressFamily.InterNetwork ? IPAddress.HostToNetworkOrder(networkInterface) : networkInterface);

    /// <summary>Sets an option of the system.</summary>
    /// <param name="level">The level.</param>
    /// <param name="name">The option.</param>
    /// <param name="value">Its value.</param>
    public void SetSocketOption(SocketOptionLevel level, SocketOptionName name, int value) => View.SetSocketOption(level, name, value);

    /// <summary>Reads an option of the system.</summary>
    /// <param name="level">The level.</param>
    /// <param name="name">The option.</param>
    public int GetSocketOption(SocketOptionLevel level, SocketOptionName name) => (int)View.GetSocketOption(level, name)!;

    /// <summary>Sets an option by the system's own numbers, for what has no name in .NET.</summary>
    /// <param name="level">SOL_…, IPPROTO_… of this system.</param>
    /// <param name="name">The option's number.</param>
    /// <param name="value">Its bytes, in the layout of this system.</param>
    public void SetRawSocketOption(int level, int name, ReadOnlySpan<byte> value) => View.SetRawSocketOption(level, name, value);

    /// <summary>Reads an option by the system's own numbers.</summary>
    /// <param name="level">SOL_…, IPPROTO_… of this system.</param>
    /// <param name="name">The option's number.</param>
    /// <param name="value">Room for it.</param>
    /// <returns>How many bytes it has.</returns>
    public int GetRawSocketOption(int level, int name, Span<byte> value) => View.GetRawSocketOption(level, name, value);

    /// <summary>Lets several sockets use one port; where the system has no such option, that is an event of the event source, and nothing is set.</summary>
    internal void TrySharePort()
    {
        if (OperatingSystem.IsWindows())
        {
            HubEventSource.Log.ReusePortUnavailable(ToString(), "Windows has no SO_REUSEPORT");
            return;
        }

        try
        {
            ReusePort = true;
        }
        catch (SocketException error) when (error.NativeErrorCode is Errno.EINVAL or Errno.ENOPROTOOPT or Errno.EOPNOTSUPP)
        {
            HubEventSource.Log.ReusePortUnavailable(ToString(), error.Message);
        }
    }

    private SocketOptionLevel IPLevel => Family == AddressFamily.InterNetworkV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP;

    private void Multicast(IPAddress group, int networkInterface, SocketOptionName option)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentOutOfRangeException.ThrowIfNegative(networkInterface);
        if (group.AddressFamily == AddressFamily.InterNetworkV6)
        {
            View.SetSocketOption(SocketOptionLevel.IPv6, option, new IPv6MulticastOption(group, networkInterface));
        }
        else
        {
            View.SetSocketOption(SocketOptionLevel.IP, option, new MulticastOption(group, networkInterface));
        }
    }

    private static int WholeSeconds(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromSeconds(int.MaxValue));
        return (int)Math.Ceiling(time.TotalSeconds);
    }

    private bool GetUnixOption(int name)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        Span<byte> value = stackalloc byte[sizeof(int)];
        View.GetRawSocketOption(SocketNumbers.Level, name, value);
        return BitConverter.ToInt32(value) != 0;
    }

    private void SetUnixOption(int name, bool value)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Windows has no option of this meaning");
        }

        View.SetRawSocketOption(SocketNumbers.Level, name, BitConverter.GetBytes(value ? 1 : 0));
    }

    /// <summary>sys/socket.h: Linux has numbers of its own, macOS and the BSDs have the same ones.</summary>
    private static class SocketNumbers
    {
        internal static readonly int Level = OperatingSystem.IsLinux() ? Libc.SOL_SOCKET : 0xffff;
        internal static readonly int ReuseAddress = OperatingSystem.IsLinux() ? Libc.SO_REUSEADDR : 0x4;
        internal static readonly int ReusePort = OperatingSystem.IsLinux() ? Libc.SO_REUSEPORT : 0x200;
    }
}
