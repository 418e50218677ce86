using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>UDP: each datagram arrives whole, with its sender, and an error reaches whom it concerns.</summary>
[Trait("Sockets", "Both")]
public abstract class DatagramTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.IPv6)]
    public void ADatagram_TellsItsSender_WhetherItIsWaitedForOrThere(Transport transport) => OnHub(async () =>
    {
        using GreenSocket here = Bound(transport);
        using GreenSocket there = Bound(transport);
        byte[] buffer = new byte[100];
        GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await there.ReceiveFromAsync(buffer));
        await Turns.PassAsync();
        Assert.False(receiving.IsDead);
        Assert.Equal(5, await here.SendToAsync("hello"u8.ToArray(), there.LocalEndPoint!));
        Assert.Equal(new ReceivedDatagram(5, here.LocalEndPoint, IsTruncated: false), await receiving);
        Assert.Equal("hello"u8, buffer.AsSpan(0, 5));
        await there.SendToAsync("you"u8.ToArray(), here.LocalEndPoint!);
        Assert.Equal(new ReceivedDatagram(3, there.LocalEndPoint, IsTruncated: false), await here.ReceiveFromAsync(buffer));
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.IPv6)]
    public void AddressesInTheSystemsForm_AreGivenAndTaken(Transport transport) => OnHub(async () =>
    {
        using GreenSocket here = Bound(transport);
        using GreenSocket there = Bound(transport);
        var from = new SocketAddress(there.LocalEndPoint!.AddressFamily);
        byte[] buffer = new byte[100];
        for (int i = 1; i <= 3; i++)
        {
            GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await there.ReceiveFromAsync(buffer, from));
            if (i == 2)
            {
                await Turns.PassAsync();
            }

            await here.SendToAsync(new byte[i], there.LocalEndPoint.Serialize());
            Assert.Equal(new ReceivedDatagram(i, null, IsTruncated: false), await receiving);
            Assert.Equal(here.LocalEndPoint!.Serialize(), from);
            Assert.Equal(i, await there.SendToAsync(new byte[i], from));
            Assert.Equal(i, (await here.ReceiveFromAsync(buffer)).Count);
        }
    });

    [Fact]
    public void ShortDatagrams_OneBehindTheOther_AreAllFound() => OnHub(async () =>
    {
        // A short read of a stream says that nothing is left; a datagram's length says nothing.
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        byte[] buffer = new byte[100];
        for (int round = 0; round < 20; round++)
        {
            GreenThread<int> first = GreenThread.Spawn(async () => (await there.ReceiveFromAsync(buffer)).Count);
            if (round % 2 == 0)
            {
                await Turns.PassAsync();
            }

            for (int i = 1; i <= 5; i++)
            {
                await here.SendToAsync(new byte[i], there.LocalEndPoint!);
            }

            Assert.Equal(1, await first);
            for (int i = 2; i <= 5; i++)
            {
                Assert.Equal(i, (await there.ReceiveFromAsync(buffer)).Count);
            }
        }
    });

    [Fact]
    public void ADatagramLongerThanTheBuffer_IsReported_AndTheNextOneIsWhole() => OnHub(async () =>
    {
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        await there.ConnectAsync(here.LocalEndPoint!);
        byte[] buffer = new byte[4];
        for (int round = 0; round < 2; round++)
        {
            GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await there.ReceiveFromAsync(buffer));
            await PassIfAsync(round == 1);
            await here.SendToAsync("12345"u8.ToArray(), there.LocalEndPoint!);
            Assert.Equal(new ReceivedDatagram(4, here.LocalEndPoint, IsTruncated: true), await receiving);
            Assert.Equal("1234"u8, buffer);

            GreenThread plain = GreenThread.Spawn(async () => await there.ReceiveAsync(buffer));
            await PassIfAsync(round == 1);
            await here.SendToAsync("abcdef"u8.ToArray(), there.LocalEndPoint!);
            Assert.Equal(SocketError.MessageSize, (await Assert.ThrowsAsync<SocketException>(async () => await plain)).SocketErrorCode);
            Assert.Equal("abcd"u8, buffer);
            await here.SendToAsync("wxyz"u8.ToArray(), there.LocalEndPoint!);
            Assert.Equal(4, await there.ReceiveAsync(buffer));
            Assert.Equal("wxyz"u8, buffer);
        }
    });

    [Fact]
    public void ADatagramWithoutContent_IsNoEnd() => OnHub(async () =>
    {
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        await there.ConnectAsync(here.LocalEndPoint!);
        await here.ConnectAsync(there.LocalEndPoint!);
        byte[] buffer = new byte[10];
        for (int round = 0; round < 3; round++)
        {
            GreenThread<int> receiving = GreenThread.Spawn(async () => await there.ReceiveAsync(buffer));
            await PassIfAsync(round == 1);
            Assert.Equal(0, await here.SendAsync(ReadOnlyMemory<byte>.Empty));
            Assert.Equal(0, await receiving);
            await here.SendToAsync(ReadOnlyMemory<byte>.Empty, there.LocalEndPoint!);
            Assert.Equal(new ReceivedDatagram(0, here.LocalEndPoint, IsTruncated: false), await there.ReceiveFromAsync(buffer));
            await here.SendAllAsync(new byte[3]);
            Assert.Equal(3, await there.ReceiveAsync(buffer));
        }
    });

    [Fact]
    public void AnEmptyBuffer_WaitsForADatagram_AndLeavesIt() => OnHub(async () =>
    {
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        GreenThread<ReceivedDatagram> waiting = GreenThread.Spawn(async () => await there.ReceiveFromAsync(Memory<byte>.Empty));
        await Turns.PassAsync();
        Assert.False(waiting.IsDead);
        await here.SendToAsync(new byte[7], there.LocalEndPoint!);
        Assert.Equal(new ReceivedDatagram(0, here.LocalEndPoint, IsTruncated: true), await waiting);
        Assert.Equal(0, await there.ReceiveAsync(Memory<byte>.Empty));
        Assert.Equal(7, (await there.ReceiveFromAsync(new byte[10])).Count);
    });

    [Fact]
    public void AConnectedSocket_HearsItsPeerOnly() => OnHub(async () =>
    {
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        using GreenSocket stranger = Bound();
        await there.ConnectAsync(here.LocalEndPoint!);
        Assert.Equal(here.LocalEndPoint, there.RemoteEndPoint);
        await stranger.SendToAsync(new byte[9], there.LocalEndPoint!);
        await here.SendToAsync(new byte[2], there.LocalEndPoint!);
        byte[] buffer = new byte[10];
        Assert.Equal(2, await there.ReceiveAsync(buffer));
        Assert.Equal(4, await there.SendAsync(new byte[4]));
        Assert.Equal(new ReceivedDatagram(4, there.LocalEndPoint, IsTruncated: false), await here.ReceiveFromAsync(buffer));
    });

    [Fact]
    public void ARefusal_ReachesExactlyTheOneConcerned() => OnHub(async () =>
    {
        EndPoint nobody;
        using (GreenSocket closed = Bound())
        {
            nobody = closed.LocalEndPoint!;
        }

        using GreenSocket concerned = Bound();
        using GreenSocket other = Bound();
        await concerned.ConnectAsync(nobody);
        byte[] buffer = new byte[10];
        GreenThread<ReceivedDatagram> unconcerned = GreenThread.Spawn(async () => await other.ReceiveFromAsync(buffer));
        for (int round = 0; round < 3; round++)
        {
            GreenThread<int> receiving = GreenThread.Spawn(async () => await concerned.ReceiveAsync(new byte[10]));
            await PassIfAsync(round != 1);
            await concerned.SendAsync(new byte[1]);
            Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(async () => await receiving)).SocketErrorCode);

            // It was told, and is over.
            concerned.Timeout = TimeSpan.Zero;
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await concerned.ReceiveAsync(new byte[10]));
            concerned.Timeout = null;
        }

        Assert.False(unconcerned.IsDead);
        await concerned.SendToAsync(new byte[3], other.LocalEndPoint!);
        Assert.Equal(3, (await unconcerned).Count);
    });

    [Fact]
    public void KillTimeoutAndToken_LoseNoDatagram() => OnHub(async () =>
    {
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        byte[] buffer = new byte[10];
        GreenThread<ReceivedDatagram> killed = GreenThread.Spawn(async () => await there.ReceiveFromAsync(buffer));
        await Turns.PassAsync();
        killed.Kill();
        await Assert.ThrowsAsync<GreenletExit>(async () => await killed);

        there.Timeout = TimeSpan.FromMilliseconds(1);
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await there.ReceiveFromAsync(buffer));
        there.Timeout = null;

        using var cancelling = new CancellationTokenSource();
        GreenThread<ReceivedDatagram> cancelled = GreenThread.Spawn(async () => await there.ReceiveFromAsync(buffer, cancelling.Token));
        await Turns.PassAsync();
        await here.SendToAsync(new byte[4], there.LocalEndPoint!);
        cancelling.Cancel();
        int count = 0;
        try
        {
            count = (await cancelled).Count;
        }
        catch (OperationCanceledException error)
        {
            Assert.Equal(cancelling.Token, error.CancellationToken);
            count = (await there.ReceiveFromAsync(buffer)).Count;
        }

        Assert.Equal(4, count);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await here.SendToAsync(new byte[1], there.LocalEndPoint!, cancelling.Token));
    });

    [Fact]
    public void Close_WakesTheReceiver() => OnHub(async () =>
    {
        GreenSocket socket = Bound();
        GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await socket.ReceiveFromAsync(new byte[1]));
        await Turns.PassAsync();
        socket.Close();
        await Assert.ThrowsAsync<IOClosedException>(async () => await receiving);
        await Assert.ThrowsAsync<IOClosedException>(async () => await socket.ReceiveFromAsync(new byte[1]));
        await Assert.ThrowsAsync<IOClosedException>(async () => await socket.SendToAsync(new byte[1], new IPEndPoint(IPAddress.Loopback, 9)));
    });

    [Fact]
    public void ShutdownOfReceiving_EndsTheOwnReceiver_WithAnEmptyDatagramOfNobody() => OnHub(async () =>
    {
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        await there.ConnectAsync(here.LocalEndPoint!);
        GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await there.ReceiveFromAsync(new byte[1]));
        await Turns.PassAsync();
        there.Shutdown(SocketShutdown.Receive);
        Assert.Equal(default, await receiving);
        Assert.Equal(0, await there.ReceiveAsync(new byte[1]));
    });

    [Fact]
    public void ASecondReceiver_IsRefused() => OnHub(async () =>
    {
        using GreenSocket socket = Bound();
        GreenThread first = GreenThread.Spawn(async () => await socket.ReceiveFromAsync(new byte[1]));
        await Turns.PassAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await socket.ReceiveFromAsync(new byte[1]));
        first.Kill();
    });

    [Fact]
    public void BlockingForms_OnAPlainThread_Work() => OnOwner(() =>
    {
        using GreenSocket here = Bound();
        using GreenSocket there = Bound();
        GreenThread peer = GreenThread.Spawn(async () =>
        {
            ReceivedDatagram received = await there.ReceiveFromAsync(new byte[10]);
            await there.SendToAsync(new byte[received.Count + 1], received.From!);
        });
        Assert.Equal(3, here.SendTo(new byte[3], there.LocalEndPoint!));
        Assert.Equal(new ReceivedDatagram(4, there.LocalEndPoint, IsTruncated: false), here.ReceiveFrom(new byte[10]));
        Assert.True(peer.Wait(TimeSpan.FromSeconds(20)));

        var from = new SocketAddress(AddressFamily.InterNetwork);
        Assert.Equal(1, here.SendTo(new byte[1], there.LocalEndPoint!.Serialize()));
        Assert.Equal(1, there.ReceiveFrom(new byte[10], from).Count);
        Assert.Equal(here.LocalEndPoint!.Serialize(), from);
    });

    [Fact]
    public void WrongUse_IsRefusedAtOnce() => OnHub(async () =>
    {
        using GreenSocket socket = Bound();
        EndPoint to = socket.LocalEndPoint!;
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await socket.SendToAsync(new byte[1], (EndPoint)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await socket.ReceiveFromAsync(new byte[1], (SocketAddress)null!));
        await Assert.ThrowsAsync<ArgumentException>(async () => await socket.ReceiveFromAsync(new byte[1], new SocketAddress(AddressFamily.InterNetwork, 8)));
        foreach (Action blocking in (Action[])[() => socket.ReceiveFrom(new byte[1]), () => socket.SendTo(new byte[1], to)])
        {
            Assert.StartsWith("do not call blocking functions from the mainloop", Assert.Throws<InvalidOperationException>(blocking).Message, StringComparison.Ordinal);
        }

        using Pair pair = await Pair.MakeAsync();
        Assert.Contains("SocketType.Dgram", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Client.SendToAsync(new byte[1], to))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Client.ReceiveFromAsync(new byte[1]));
        SocketException tooLong = await Assert.ThrowsAsync<SocketException>(async () => await socket.SendToAsync(new byte[70_000], to));
        Assert.Equal(SocketError.MessageSize, tooLong.SocketErrorCode);
        SocketException nowhere = await Assert.ThrowsAsync<SocketException>(async () => await socket.SendAsync(new byte[1]));
        Assert.NotEqual(SocketError.SocketError, nowhere.SocketErrorCode);
    });

    private static async Task PassIfAsync(bool pass)
    {
        if (pass)
        {
            await Turns.PassAsync();
        }
    }

    private static GreenSocket Bound(Transport transport = Transport.IPv4)
    {
        Assert.SkipUnless(transport == Transport.IPv4 || Socket.OSSupportsIPv6, "this system has no IPv6");
        IPAddress address = transport == Transport.IPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        var socket = new GreenSocket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }
}

public sealed class DatagramsOnEpoll : DatagramTests<EpollHub>;

public sealed class DatagramsOnIoUring : DatagramTests<IoUringHub>;

public sealed class DatagramsOnPoll : DatagramTests<PollHub>;

public sealed class DatagramsOnSelect : DatagramTests<SelectHub>;

public sealed class DatagramsOnLibevent : DatagramTests<LibeventHub>;
