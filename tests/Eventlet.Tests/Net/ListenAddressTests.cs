using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

public class ListenAddressTests
{
    [Fact]
    public void Listen_WhereAnotherListens_IsRefused()
    {
        using GreenSocket first = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => GreenNet.Listen(first.LocalEndPoint!)).SocketErrorCode);
    }

    [Fact]
    public void Listen_WhereAnotherListensToShare_IsRefusedUnlessItSharesToo()
    {
        using GreenSocket first = GreenNet.Listen(FreePort(), reusePort: true);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => GreenNet.Listen(first.LocalEndPoint!)).SocketErrorCode);
        GreenNet.Listen(first.LocalEndPoint!, reusePort: true).Close();
    }

    [Fact]
    public void Listen_WhereAConnectionLingers_TakesThePortOnlyIfItReusesAddresses()
    {
        EndPoint port = LeaveALingeringConnection();
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => GreenNet.Listen(port, reuseAddress: false)).SocketErrorCode);
        GreenNet.Listen(port).Close();
    }

    private static IPEndPoint FreePort()
    {
        using GreenSocket probe = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)probe.LocalEndPoint!;
    }

    // The side that closes first lingers in TIME_WAIT: here the server's.
    private static EndPoint LeaveALingeringConnection() => PlainThread.Run(() =>
    {
        using Hub hub = Hubs.GetHub();
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using GreenSocket client = GreenNet.Connect(listener.LocalEndPoint!);
        listener.Accept().Close();
        Assert.Equal(0, client.Receive(new byte[1]));
        return listener.LocalEndPoint!;
    });
}
