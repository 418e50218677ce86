using System.Diagnostics.Tracing;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Options reach the system, and what they promise happens.</summary>
[Trait("Sockets", "Both")]
public sealed class SocketOptionTests
{
    [Fact]
    public void OptionsOfTcp_AreTheSystems()
    {
        using var socket = new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.False(socket.NoDelay || socket.KeepAlive || socket.ReuseAddress || socket.ReusePort);
        socket.NoDelay = socket.KeepAlive = socket.ReuseAddress = socket.ReusePort = true;
        Assert.True(socket.NoDelay && socket.KeepAlive && socket.ReuseAddress && socket.ReusePort);
        socket.ReusePort = false;
        Assert.True(socket.ReuseAddress);
        Assert.False(socket.ReusePort);
        socket.KeepAliveTime = TimeSpan.FromSeconds(33);
        socket.KeepAliveInterval = TimeSpan.FromMilliseconds(6_001);
        socket.KeepAliveProbes = 4;
        Assert.Equal((33, 7, 4), (socket.KeepAliveTime.TotalSeconds, socket.KeepAliveInterval.TotalSeconds, socket.KeepAliveProbes));
        Assert.Throws<ArgumentOutOfRangeException>(() => socket.KeepAliveTime = TimeSpan.Zero);
        Assert.Null(socket.Linger);
        socket.Linger = TimeSpan.Zero;
        Assert.Equal(TimeSpan.Zero, socket.Linger);
        Assert.Throws<ArgumentOutOfRangeException>(() => socket.Linger = TimeSpan.FromSeconds(1));
        socket.Linger = null;
        Assert.Null(socket.Linger);
        socket.ReceiveBufferSize = 50_000;
        socket.SendBufferSize = 60_000;
        Assert.InRange(socket.ReceiveBufferSize, 50_000, 100_000);
        Assert.InRange(socket.SendBufferSize, 60_000, 120_000);
        socket.Close();
        Assert.Throws<IOClosedException>(() => socket.NoDelay);
        Assert.Throws<IOClosedException>(() => socket.ReusePort = true);
    }

    [Fact]
    public void RawOptions_AreReadAndSet()
    {
        // SOL_SOCKET and SO_KEEPALIVE of Linux.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "numbers of Linux");
        using var socket = new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        byte[] value = new byte[4];
        Assert.Equal(4, socket.GetRawSocketOption(1, 9, value));
        Assert.Equal(0, BitConverter.ToInt32(value));
        socket.SetRawSocketOption(1, 9, BitConverter.GetBytes(1));
        Assert.True(socket.KeepAlive);
        Assert.Equal(SocketError.ProtocolOption, Assert.Throws<SocketException>(() => socket.SetRawSocketOption(1, 9_999, value)).SocketErrorCode);
    }

    [Fact]
    public void LingeringForZero_ResetsTheConnection() => PlainThread.Run(() =>
    {
        using Hub hub = Hubs.GetHub();
        using Pair pair = Pair.Make();
        pair.Client.Linger = TimeSpan.Zero;
        pair.Client.Close();
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(() => pair.Server.Receive(new byte[1])).SocketErrorCode);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AListenerOnAnyAddressOfIPv6_TakesIPv4_UnlessToldOtherwise(bool dual) => PlainThread.Run(() =>
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this system has no IPv6");
        using Hub hub = Hubs.GetHub();
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.IPv6Any, 0), new ListenOptions { DualMode = dual });
        Assert.Equal(dual, listener.DualMode);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using GreenSocket six = GreenNet.Connect(new IPEndPoint(IPAddress.IPv6Loopback, port));
        listener.Accept().Close();
        if (!dual)
        {
            Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => GreenNet.Connect(new IPEndPoint(IPAddress.Loopback, port))).SocketErrorCode);
            return;
        }

        using GreenSocket four = GreenNet.Connect(new IPEndPoint(IPAddress.Loopback, port));
        using GreenSocket accepted = listener.Accept();
        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)accepted.RemoteEndPoint!).Address.MapToIPv4());
        Assert.True(((IPEndPoint)accepted.RemoteEndPoint!).Address.IsIPv4MappedToIPv6);
    });

    [Fact]
    public void ADualModeSocketForDatagrams_SpeaksToIPv4() => PlainThread.Run(() =>
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this system has no IPv6");
        using Hub hub = Hubs.GetHub();
        using GreenSocket dual = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.IPv6Any, 0));
        using GreenSocket four = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal(2, dual.SendTo(new byte[2], four.LocalEndPoint!));
        ReceivedDatagram received = four.ReceiveFrom(new byte[9]);
        Assert.Equal(((IPEndPoint)dual.LocalEndPoint!).Port, ((IPEndPoint)received.From!).Port);
        four.SendTo(new byte[3], received.From);
        received = dual.ReceiveFrom(new byte[9]);
        Assert.Equal(IPAddress.Loopback.MapToIPv6(), ((IPEndPoint)received.From!).Address);
        dual.Connect(four.LocalEndPoint!);
        dual.SendAll(new byte[4]);
        Assert.Equal(4, four.ReceiveFrom(new byte[9]).Count);
    });

    [Fact]
    public void Broadcast_IsRefusedUntilAllowed() => PlainThread.Run(() =>
    {
        using Hub hub = Hubs.GetHub();
        using GreenSocket socket = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Any, 0));
        var everybody = new IPEndPoint(IPAddress.Broadcast, 9);
        Assert.False(socket.EnableBroadcast);
        Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => socket.SendTo(new byte[1], everybody)).SocketErrorCode);
        socket.EnableBroadcast = true;
        Assert.True(socket.EnableBroadcast);

        // The loopback's own broadcast address is the one that leaves nothing on a network.
        socket.SendTo(new byte[1], new IPEndPoint(IPAddress.Parse("127.255.255.255"), 9));
    });

    [Theory]
    [InlineData("239.255.77.88")]
    [InlineData("ff01::7788")]
    public void AGroup_IsHeardWhileJoined(string name) => PlainThread.Run(() =>
    {
        var group = IPAddress.Parse(name);
        bool isSix = group.AddressFamily == AddressFamily.InterNetworkV6;
        Assert.SkipUnless(!isSix || Socket.OSSupportsIPv6, "this system has no IPv6");
        int loopback = Loopback(isSix);
        using Hub hub = Hubs.GetHub();
        using GreenSocket member = GreenNet.BindDatagrams(new IPEndPoint(isSix ? IPAddress.IPv6Any : IPAddress.Any, 0));
        using GreenSocket sender = GreenNet.BindDatagrams(new IPEndPoint(isSix ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0));
        var to = new IPEndPoint(group, ((IPEndPoint)member.LocalEndPoint!).Port);
        sender.SetMulticastInterface(loopback);
        Assert.True(sender.MulticastLoopback);
        sender.MulticastTimeToLive = 0;
        Assert.Equal(0, sender.MulticastTimeToLive);
        member.JoinMulticastGroup(group, loopback);
        try
        {
            sender.SendTo(new byte[5], to);
        }
        catch (SocketException error) when (isSix && error.SocketErrorCode == SocketError.NetworkUnreachable)
        {
            Assert.Skip("this system has no route for groups of IPv6 on the loopback");
        }

        Assert.Equal(5, member.ReceiveFrom(new byte[9]).Count);
        member.LeaveMulticastGroup(group, loopback);
        Assert.Throws<SocketException>(() => member.LeaveMulticastGroup(group, loopback));
        Assert.Throws<ArgumentNullException>(() => member.JoinMulticastGroup(null!));
    });

    [Fact]
    public void SharingAPortThatTheSystemChooses_IsAWarning()
    {
        using var events = new HubEvents();
        using GreenSocket first = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0), reusePort: true);
        Assert.Single(events.Of("ReuseRandomPort", EventLevel.Warning));
        Assert.True(first.ReusePort);

        // Now that it is known it can be shared, without a word.
        using GreenSocket second = GreenNet.Listen(first.LocalEndPoint!, reusePort: true);
        Assert.Single(events.Of("ReuseRandomPort", EventLevel.Warning));
        Assert.Empty(events.Of("ReusePortUnavailable", EventLevel.Warning));
    }

    [Fact]
    public void APort_IsNotSharedWithoutBeingAsked()
    {
        using var events = new HubEvents();
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.False(listener.ReusePort);
        Assert.True(listener.ReuseAddress);
        using GreenSocket without = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0), reuseAddress: false);
        Assert.False(without.ReuseAddress);
        Assert.Empty(events.Of("ReuseRandomPort", EventLevel.Warning));
    }

    [Fact]
    public void WhereThePortCannotBeShared_TheListenerGoesOnAlone()
    {
        // Linux has SO_REUSEPORT for IP sockets only.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "on other systems no socket refuses it");
        using var events = new HubEvents();
        using var unix = new GreenSocket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        unix.TrySharePort();
        Assert.SkipUnless(!unix.ReusePort, "this kernel lets Unix sockets share a port");
        Assert.Single(events.Of("ReusePortUnavailable", EventLevel.Warning));
    }

    [Fact]
    public void DatagramsOnOnePort_AreSpread_WhereThatIsAsked()
    {
        using GreenSocket first = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0), reusePort: true);
        using GreenSocket second = GreenNet.BindDatagrams(first.LocalEndPoint!, reusePort: true);
        Assert.Equal(first.LocalEndPoint, second.LocalEndPoint);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => GreenNet.BindDatagrams(first.LocalEndPoint!)).SocketErrorCode);
        Assert.Throws<ArgumentException>(() => GreenNet.BindDatagrams(new DnsEndPoint("localhost", 1)));
    }

    private static int Loopback(bool isSix)
    {
        NetworkInterface loopback = NetworkInterface.GetAllNetworkInterfaces().First(each => each.NetworkInterfaceType == NetworkInterfaceType.Loopback);
        return isSix ? loopback.GetIPProperties().GetIPv6Properties().Index : loopback.GetIPProperties().GetIPv4Properties().Index;
    }
}
