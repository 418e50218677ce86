using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Unix datagram sockets: with a name in the file system, with an abstract one, and without any.</summary>
public abstract class UnixDatagramTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_TellTheNameOfTheirSender(bool isAbstract) => OnHub(async () =>
    {
        using var names = new Names(isAbstract);
        using GreenSocket here = GreenNet.BindDatagrams(names.Next());
        using GreenSocket there = GreenNet.BindDatagrams(names.Next());
        byte[] buffer = new byte[10];
        GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await there.ReceiveFromAsync(buffer));
        await Turns.PassAsync();
        Assert.False(receiving.IsDead);
        await here.SendToAsync(new byte[3], there.LocalEndPoint!);
        ReceivedDatagram received = await receiving;
        Assert.Equal(3, received.Count);
        Assert.Equal(here.LocalEndPoint!.ToString(), received.From!.ToString());

        var from = new SocketAddress(AddressFamily.Unix);
        await there.SendToAsync(new byte[4], received.From);
        await there.SendToAsync("too long for it"u8.ToArray(), received.From);
        Assert.Equal(4, (await here.ReceiveFromAsync(buffer, from)).Count);
        Assert.Equal(there.LocalEndPoint!.Serialize().ToString(), from.ToString());
        Assert.True((await here.ReceiveFromAsync(buffer, from)).IsTruncated);
        Assert.Equal(2, await here.SendToAsync(new byte[2], from));
        Assert.Equal(2, (await there.ReceiveFromAsync(buffer)).Count);
    });

    [Fact]
    public void ASenderWithoutName_IsNobody() => OnHub(async () =>
    {
        using var names = new Names(isAbstract: true);
        using GreenSocket named = GreenNet.BindDatagrams(names.Next());
        using var nameless = new GreenSocket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await named.ReceiveFromAsync(new byte[10]));
        await nameless.SendToAsync(new byte[1], named.LocalEndPoint!);
        Assert.Equal(new ReceivedDatagram(1, null, IsTruncated: false), await receiving);
        var from = new SocketAddress(AddressFamily.Unix);
        await nameless.SendToAsync(new byte[1], named.LocalEndPoint!);
        await named.ReceiveFromAsync(new byte[10], from);
        Assert.InRange(from.Size, 0, 2);
    });

    [Theory]
    [InlineData(SocketType.Dgram)]
    [InlineData(SocketType.Seqpacket)]
    public void APair_KeepsBoundaries(SocketType type) => OnHub(async () =>
    {
        (GreenSocket one, GreenSocket other) = GreenNet.SocketPair(type);
        byte[] buffer = new byte[10];
        GreenThread<int> receiving = GreenThread.Spawn(async () => await other.ReceiveAsync(buffer));
        await Turns.PassAsync();
        Assert.Equal(2, await one.SendAsync(new byte[2]));
        Assert.Equal(3, await one.SendAsync(new byte[3]));
        await one.SendAllAsync(new byte[11]);
        await one.SendAllAsync(new byte[5]);
        Assert.Equal(2, await receiving);
        Assert.Equal(new ReceivedDatagram(3, null, IsTruncated: false), await other.ReceiveFromAsync(buffer));
        Assert.Equal(SocketError.MessageSize, (await Assert.ThrowsAsync<SocketException>(async () => await other.ReceiveAsync(buffer))).SocketErrorCode);
        Assert.Equal(5, await other.ReceiveAsync(buffer));
        one.Close();
        if (type == SocketType.Seqpacket)
        {
            // This one has connections, and an end.
            Assert.Equal(0, await other.ReceiveAsync(buffer));
        }
        else
        {
            other.Timeout = TimeSpan.Zero;
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await other.ReceiveAsync(buffer));
            Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(async () => await other.SendAsync(buffer))).SocketErrorCode);
        }

        other.Close();
    });

    [Fact]
    public void APairOfStreams_IsOne() => OnHub(async () =>
    {
        (GreenSocket one, GreenSocket other) = GreenNet.SocketPair();
        await one.SendAllAsync("ab"u8.ToArray());
        await one.SendAllAsync("cd"u8.ToArray());
        Assert.Equal(4, await other.ReceiveAsync(new byte[10]));
        one.Close();
        Assert.Equal(0, await other.ReceiveAsync(new byte[10]));
        other.Close();
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFullReceiver_IsWaitedFor_AndNothingIsLost(bool isConnected) => OnHub(async () =>
    {
        using var names = new Names(isAbstract: true);
        using GreenSocket receiver = GreenNet.BindDatagrams(names.Next());
        using var sender = new GreenSocket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        if (isConnected)
        {
            await sender.ConnectAsync(receiver.LocalEndPoint!);
        }

        const int Count = 2_000;
        int sent = 0;
        GreenThread sending = GreenThread.Spawn(async () =>
        {
            for (; sent < Count; sent++)
            {
                byte[] number = BitConverter.GetBytes(sent);
                await (isConnected ? sender.SendAsync(number) : sender.SendToAsync(number, receiver.LocalEndPoint!));
            }
        });
        while (sent == 0)
        {
            await GreenThread.SleepAsync();
        }

        // The queue holds fewer (net.unix.max_dgram_qlen), so the sender waits now; in pauses, or the hub would not come to rest.
        int before;
        do
        {
            before = sent;
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(5));
        }
        while (before != sent);
        Assert.InRange(sent, 1, Count - 1);
        byte[] buffer = new byte[10];
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(4, await receiver.ReceiveAsync(buffer));
            Assert.Equal(i, BitConverter.ToInt32(buffer));
        }

        await sending;
    });

    [Fact]
    public void AFullReceiver_TimesOut() => OnHub(async () =>
    {
        using var names = new Names(isAbstract: true);
        using GreenSocket receiver = GreenNet.BindDatagrams(names.Next());
        using var sender = new GreenSocket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.Timeout = TimeSpan.FromMilliseconds(20);
        await Assert.ThrowsAsync<GreenTimeoutException>(async () =>
        {
            while (true)
            {
                await sender.SendToAsync(new byte[1], receiver.LocalEndPoint!);
            }
        });
        using var limit = new GreenTimeout(TimeSpan.FromMilliseconds(20));
        sender.Timeout = null;
        GreenTimeoutException error = await Assert.ThrowsAsync<GreenTimeoutException>(async () => await sender.SendToAsync(new byte[1], receiver.LocalEndPoint!));
        Assert.True(limit.Caught(error));
    });

    [Fact]
    public void NobodyThere_IsRefused() => OnHub(async () =>
    {
        using var names = new Names(isAbstract: true);
        using var sender = new GreenSocket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        SocketException error = await Assert.ThrowsAsync<SocketException>(async () => await sender.SendToAsync(new byte[1], names.Next()));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    });

    /// <summary>Names, and the removal of their files.</summary>
    private sealed class Names(bool isAbstract) : IDisposable
    {
        private readonly List<string> _paths = [];

        internal UnixDomainSocketEndPoint Next()
        {
            if (isAbstract)
            {
                return new UnixDomainSocketEndPoint($"\0eventlet-{Guid.NewGuid():N}");
            }

            _paths.Add(Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}"));
            return new UnixDomainSocketEndPoint(_paths[^1]);
        }

        public void Dispose() => _paths.ForEach(File.Delete);
    }
}

public sealed class UnixDatagramsOnEpoll : UnixDatagramTests<EpollHub>;

public sealed class UnixDatagramsOnIoUring : UnixDatagramTests<IoUringHub>;

public sealed class UnixDatagramsOnPoll : UnixDatagramTests<PollHub>;

public sealed class UnixDatagramsOnSelect : UnixDatagramTests<SelectHub>;

public sealed class UnixDatagramsOnLibevent : UnixDatagramTests<LibeventHub>;
