using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Green sockets over sockets of System.Net, and listening.</summary>
[Trait("Sockets", "Both")]
public abstract class WrappedSocketTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Wrapping_UsesTheSocket_AndClosesItIfOwned(bool owned) => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        using var plain = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        plain.Connect(listener.Address);
        using var green = new GreenSocket(plain, owned);
        Assert.False(plain.Blocking);
        using GreenSocket server = await listener.Socket.AcceptAsync();
        await server.SendAllAsync(new byte[] { 1, 2 });
        byte[] buffer = new byte[4];
        Assert.Equal(2, await green.ReceiveAsync(buffer));
        Assert.Equal(plain.LocalEndPoint, green.LocalEndPoint);
        GreenThread reader = GreenThread.Spawn(async () => await green.ReceiveAsync(buffer));
        await Turns.PassAsync();
        green.Close();
        await Assert.ThrowsAsync<IOClosedException>(async () => await reader);
        if (owned)
        {
            Assert.Throws<ObjectDisposedException>(() => plain.Send([1]));
        }
        else
        {
            Assert.Equal(1, plain.Send([1]));
            Assert.Equal(1, await server.ReceiveAsync(buffer));
            using var again = new GreenSocket(plain, ownsSocket: false);
            await server.SendAllAsync(new byte[] { 3 });
            Assert.Equal(1, await again.ReceiveAsync(buffer));
        }
    });

    [Fact]
    public void ClosedWrapper_EndsATrampolineOnItsDescriptorToo() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(pair.Client.SafeHandle, read: true));
        await Turns.PassAsync();
        pair.Client.Close();
        await Assert.ThrowsAsync<IOClosedException>(async () => await waiter);
    });

    [Fact]
    public void TrampolineAndReceive_OnOneSocket_TakeTurns() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] buffer = new byte[4];
        for (int i = 0; i < 50; i++)
        {
            GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(pair.Server.SafeHandle, read: true));
            await Turns.PassAsync();
            Assert.False(waiter.IsDead);
            await pair.Client.SendAllAsync(new byte[] { 1 });
            await waiter;
            Assert.Equal(1, await pair.Server.ReceiveAsync(buffer));
            GreenThread<int> reading = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(buffer));
            await Turns.PassAsync();
            Assert.False(reading.IsDead);
            await pair.Client.SendAllAsync(new byte[] { 2 });
            Assert.Equal(1, await reading);
        }
    });

    [Fact]
    public void BlockingReceive_ThatLeavesSomething_LeavesItToAnAsyncOne() => OnOwner(() =>
    {
        using Pair pair = Pair.Make();
        Hub hub = Hubs.GetHub();
        byte[] buffer = new byte[8];
        GreenThread<int> first = hub.Spawn(async () => await pair.Server.ReceiveAsync(buffer));
        GreenThread writer = hub.Spawn(async () =>
        {
            await Turns.PassAsync();
            await pair.Client.SendAllAsync(new byte[3]);
        });
        Assert.Equal(3, first.Wait());
        writer.Wait();

        // The short read told that nothing was left. The blocking call is woken by the bytes that come, and takes one of them.
        writer = hub.Spawn(async () =>
        {
            await Turns.PassAsync();
            await pair.Client.SendAllAsync(new byte[4]);
        });
        Assert.Equal(1, pair.Server.Receive(buffer.AsSpan(0, 1)));
        Assert.Equal(3, hub.Spawn(async () => await pair.Server.ReceiveAsync(buffer)).Wait());
        writer.Wait();
    });

    [Fact]
    public void Listen_OnAPortInUse_IsAnError_AndLeavesNothing()
    {
        using TestListener listener = TestListener.Make();
        var used = Assert.Throws<SocketException>(() => GreenNet.Listen(listener.Address).Close());
        Assert.Equal(SocketError.AddressAlreadyInUse, used.SocketErrorCode);
        Assert.Throws<ArgumentNullException>(() => GreenNet.Listen(null!));
        Assert.Throws<ArgumentException>(() => GreenNet.Listen(new DnsEndPoint("localhost", 0)));
    }

    [Fact]
    public void Listen_OnAUnixPathThatExists_IsAddressInUse()
    {
        using TestListener listener = TestListener.Make(Transport.Unix);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => GreenNet.Listen(listener.Address).Close()).SocketErrorCode);
    }

    [Fact]
    public void Listen_ReusingThePort_SharesAKnownOne() => OnHub(async () =>
    {
        int port;
        using (TestListener free = TestListener.Make())
        {
            port = ((IPEndPoint)free.Address).Port;
        }

        var at = new IPEndPoint(IPAddress.Loopback, port);
        using GreenSocket one = GreenNet.Listen(at, reusePort: true);
        using GreenSocket two = GreenNet.Listen(at, reusePort: true);
        Assert.Throws<SocketException>(() => GreenNet.Listen(at).Close());
        using GreenSocket client = await GreenNet.ConnectAsync(at);
        using GreenSocket server = await (await Task.WhenAny(AcceptAsync(one), AcceptAsync(two)));
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        one.Close();
        two.Close();
        await Turns.PassAsync();
    });

    [Fact]
    public void Listen_AddressReuse_IsOnUnlessDeclined()
    {
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        using GreenSocket reusing = GreenNet.Listen(any);
        using GreenSocket declining = GreenNet.Listen(any, reuseAddress: false);
        Assert.Equal((true, false), (IsSet(reusing, Interop.Libc.SO_REUSEADDR), IsSet(reusing, Interop.Libc.SO_REUSEPORT)));
        Assert.Equal((false, false), (IsSet(declining, Interop.Libc.SO_REUSEADDR), IsSet(declining, Interop.Libc.SO_REUSEPORT)));
    }

    [Fact]
    public void Descriptors_AreCloseOnExec_AndNonBlocking() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        using GreenSocket server = await listener.Socket.AcceptAsync();
        foreach (GreenSocket socket in (GreenSocket[])[listener.Socket, client, server])
        {
            int fd = (int)socket.SafeHandle.DangerousGetHandle();
            Assert.True(Eventlet.Tests.Backends.Descriptors.IsCloseOnExec(fd));
            Assert.NotEqual(0, Interop.Libc.fcntl(fd, Interop.Libc.F_GETFL) & Interop.Libc.O_NONBLOCK);
        }
    });

    [Fact]
    public void NoDelay_IsTheSystemsOption() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        Assert.False(pair.Server.NoDelay);
        pair.Server.NoDelay = true;
        Assert.Equal(1, pair.Server.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.NoDelay));
    });

    /// <summary>As the system has it: .NET's ReuseAddress means two options at once.</summary>
    private static unsafe bool IsSet(GreenSocket socket, int option)
    {
        int value;
        uint length = sizeof(int);
        Assert.Equal(0, Interop.Libc.getsockopt((int)socket.SafeHandle.DangerousGetHandle(), Interop.Libc.SOL_SOCKET, option, (byte*)&value, &length));
        return value != 0;
    }

    private static async Task<GreenSocket> AcceptAsync(GreenSocket listener)
    {
        try
        {
            return await listener.AcceptAsync();
        }
        catch (IOClosedException)
        {
            return null!;
        }
    }
}

public sealed class WrappedSocketOnEpoll : WrappedSocketTests<EpollHub>;

public sealed class WrappedSocketOnIoUring : WrappedSocketTests<IoUringHub>;

public sealed class WrappedSocketOnPoll : WrappedSocketTests<PollHub>;

public sealed class WrappedSocketOnSelect : WrappedSocketTests<SelectHub>;
