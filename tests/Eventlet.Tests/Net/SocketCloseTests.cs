using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Green sockets: closing them under their waiters, peers that go, and who may wait.</summary>
[Trait("Sockets", "Both")]
public abstract class SocketCloseTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Close_WakesReaderAndWriterAndAcceptor(bool fromAnotherThread) => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync();
        using TestListener listener = TestListener.Make();
        GreenThread reader = GreenThread.Spawn(async () => await pair.Client.ReceiveAsync(new byte[1]));
        GreenThread writer = GreenThread.Spawn(async () => await pair.Client.SendAllAsync(new byte[16 * 1024 * 1024]));
        GreenThread acceptor = GreenThread.Spawn(async () => await listener.Socket.AcceptAsync());
        await Turns.PassAsync();
        Assert.False(reader.IsDead || writer.IsDead || acceptor.IsDead);
        if (fromAnotherThread)
        {
            await Task.Run(() =>
            {
                pair.Client.Close();
                listener.Socket.Close();
            });
        }
        else
        {
            pair.Client.Close();
            listener.Socket.Close();
        }

        await Assert.ThrowsAsync<IOClosedException>(async () => await reader);
        await Assert.ThrowsAsync<IOClosedException>(async () => await writer);
        await Assert.ThrowsAsync<IOClosedException>(async () => await acceptor);
        Assert.Equal((0, 0), (Hubs.GetHub().Statistics.Readers, Hubs.GetHub().Statistics.Writers));
    });

    [Fact]
    public void Close_WakesAConnector() => OnHub(async () =>
    {
        // A listener whose queue is full leaves the next connection unanswered.
        using TestListener listener = TestListener.Make(backlog: 0);
        var sockets = new List<GreenSocket>();
        GreenThread? stuck = null;
        while (stuck is null)
        {
            Assert.True(sockets.Count < 50, "the listener's queue has no end");
            var socket = new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            GreenThread connecting = GreenThread.Spawn(async () => await socket.ConnectAsync(listener.Address));
            await Turns.PassAsync(20);
            stuck = connecting.IsDead ? null : connecting;
        }

        sockets[^1].Close();
        await Assert.ThrowsAsync<IOClosedException>(async () => await stuck);
        sockets.ForEach(s => s.Close());
    });

    [Fact]
    public void Close_WakesWaitersOnOtherHubs()
    {
        using Hub one = Hub.Start(THub.HubName);
        using Hub two = Hub.Start(THub.HubName);
        OnHub(async () =>
        {
            using Pair pair = await Pair.MakeTinyAsync();
            GreenThread reader = one.Spawn(async () => await pair.Client.ReceiveAsync(new byte[1]));
            GreenThread writer = two.Spawn(async () => await pair.Client.SendAllAsync(new byte[16 * 1024 * 1024]));
            await one.InvokeAsync(() => Turns.PassAsync());
            await two.InvokeAsync(() => Turns.PassAsync());
            Assert.False(reader.IsDead || writer.IsDead);
            pair.Client.Close();
            await Assert.ThrowsAsync<IOClosedException>(async () => await reader);
            await Assert.ThrowsAsync<IOClosedException>(async () => await writer);
            Assert.Equal((0, 0), (one.Statistics.Readers, two.Statistics.Writers));
        });
    }

    [Fact]
    public void Close_EndsBlockingCalls()
    {
        using TestListener listener = TestListener.Make();
        using var waits = new CountdownEvent(1);
        PlainThread.Started<Type?> blocked = PlainThread.Start(() =>
        {
            Hubs.UseHub(THub.HubName);
            using Hub hub = Hubs.GetHub();
            hub.Post(() => hub.Post(() => waits.Signal()));
            return Record.Exception(() => listener.Socket.Accept())?.GetType();
        });
        waits.Wait();
        listener.Socket.Close();
        Assert.Equal(typeof(IOClosedException), blocked.Join());
    }

    [Fact]
    public void ClosedSocket_RefusesEverything_AndCloseIsIdempotent() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenSocket socket = pair.Client;
        socket.Close();
        socket.Close();
        await socket.DisposeAsync();
        Assert.True(socket.IsClosed);
        await Assert.ThrowsAsync<IOClosedException>(async () => await socket.ReceiveAsync(new byte[1]));
        await Assert.ThrowsAsync<IOClosedException>(async () => await socket.SendAsync(new byte[1]));
        await Assert.ThrowsAsync<IOClosedException>(async () => await socket.SendAllAsync(new byte[1]));
        await Assert.ThrowsAsync<IOClosedException>(async () => await socket.AcceptAsync());
        await Assert.ThrowsAsync<IOClosedException>(async () => await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 9)));
        Assert.Throws<IOClosedException>(() => socket.Listen());
        Assert.Throws<IOClosedException>(() => socket.Shutdown(SocketShutdown.Both));
        Assert.Throws<IOClosedException>(() => socket.LocalEndPoint);
        Assert.False(socket.GetStream().CanRead);
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void Connect_WhereNobodyListens_IsRefused_InBothForms(Transport transport)
    {
        // Bound, so that nobody else gets the address, and not listening.
        string path = Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}");
        using GreenSocket bound = transport == Transport.Unix
            ? new GreenSocket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(transport == Transport.Unix ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint nobody = transport == Transport.Unix ? new UnixDomainSocketEndPoint(path) : bound.LocalEndPoint!;
        OnHub(async () =>
        {
            var refused = await Assert.ThrowsAsync<SocketException>(async () => await GreenNet.ConnectAsync(nobody));
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        });
        OnOwner(() => Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => GreenNet.Connect(nobody)).SocketErrorCode));
        bound.Close();
        File.Delete(path);
    }

    [Fact]
    public void Connect_OfOneThatIsConnected_Succeeds() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await client.ConnectAsync(listener.Address);
    });

    [Fact]
    public void Reset_ByThePeer_IsConnectionReset_ForAWaitingReaderAndALaterOne() => OnHub(async () =>
    {
        for (int i = 0; i < 2; i++)
        {
            using Pair pair = await Pair.MakeAsync();
            GreenThread<int>? waiting = i == 0 ? GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(new byte[4])) : null;
            await Turns.PassAsync();
            Reset(pair.Client);
            await Turns.PassAsync();
            var reset = await Assert.ThrowsAsync<SocketException>(async () => _ = waiting is null ? await pair.Server.ReceiveAsync(new byte[4]) : await waiting);
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
    });

    [Fact]
    public void Reset_BehindAShortRead_IsSeen() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] buffer = new byte[64];
        await pair.Client.SendAllAsync(new byte[3]);
        Assert.Equal(3, await pair.Server.ReceiveAsync(buffer));
        Reset(pair.Client);
        await Turns.PassAsync();
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(async () => await pair.Server.ReceiveAsync(buffer))).SocketErrorCode);
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void Send_ToAPeerThatHasGone_IsAnError_AndNoSignal(Transport transport) => OnHub(async () =>
    {
        // .NET ignores SIGPIPE by itself; that the library does not rely on it is told by a scenario.
        using Pair pair = await Pair.MakeAsync(transport);
        pair.Server.Close();
        SocketException? error = null;
        for (int i = 0; i < 100 && error is null; i++)
        {
            error = await Record.ExceptionAsync(async () => await pair.Client.SendAllAsync(new byte[1000])) as SocketException;
            await Turns.PassAsync();
        }

        Assert.NotNull(error);
        Assert.Contains(error.SocketErrorCode, new[] { SocketError.Shutdown, SocketError.ConnectionReset, SocketError.ConnectionAborted });
        if (transport == Transport.Unix)
        {
            Assert.Equal(SocketError.Shutdown, error.SocketErrorCode);
        }
    });

    [Fact]
    public void WaitingWriter_WhosePeerResets_GetsTheError() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync();
        GreenThread writer = GreenThread.Spawn(async () => await pair.Client.SendAllAsync(new byte[16 * 1024 * 1024]));
        await Turns.PassAsync();
        Reset(pair.Server);
        await Assert.ThrowsAsync<SocketException>(async () => await writer);
    });

    [Fact]
    public void SecondReaderAndSecondWriter_AreRefused_AlsoFromOtherHubs()
    {
        using Hub other = Hub.Start(THub.HubName);
        OnHub(async () =>
        {
            using Pair pair = await Pair.MakeTinyAsync();
            byte[] buffer = new byte[8];
            GreenThread<int> reader = GreenThread.Spawn(async () => await pair.Client.ReceiveAsync(buffer));
            GreenThread writer = GreenThread.Spawn(async () => await pair.Client.SendAllAsync(new byte[8 * 1024 * 1024]));
            await Turns.PassAsync();
            Func<Task>[] seconds =
            [
                async () => await pair.Client.ReceiveAsync(new byte[1]),
                async () => await pair.Client.SendAllAsync(new byte[1]),
                async () => await pair.Client.SendAsync(new byte[1]),
            ];
            foreach (Func<Task> second in seconds)
            {
                string message = (await Assert.ThrowsAsync<InvalidOperationException>(second)).Message;
                Assert.Contains("second simultaneous", message, StringComparison.Ordinal);
                message = (await Assert.ThrowsAsync<InvalidOperationException>(() => other.InvokeAsync(second))).Message;
                Assert.Contains("PreventMultipleReaders", message, StringComparison.Ordinal);
            }

            await pair.Server.SendAllAsync(new byte[] { 1 });
            Assert.Equal(1, await reader);
            Assert.Equal(0, other.Statistics.Readers + other.Statistics.Writers);
            writer.Kill();
            await writer;

            // After it, whoever comes may wait: on this hub and on the other.
            GreenThread<int> later = other.Spawn(async () => await pair.Client.ReceiveAsync(new byte[4]));
            await other.InvokeAsync(() => Turns.PassAsync());
            await pair.Server.SendAllAsync(new byte[] { 2 });
            Assert.Equal(1, await later);
        });
    }

    [Fact]
    public void SeveralReaders_WhereAllowed_AreServedInOrder() => OnHub(async () =>
    {
        Hubs.GetHub().Debug.PreventMultipleReaders = false;
        using Pair pair = await Pair.MakeAsync();
        var order = new List<int>();
        GreenThread[] readers = [.. Enumerable.Range(0, 3).Select(i => GreenThread.Spawn(async () =>
        {
            Assert.Equal(1, await pair.Server.ReceiveAsync(new byte[1]));
            order.Add(i);
        }))];
        await Turns.PassAsync();
        await pair.Client.SendAllAsync(new byte[3]);
        foreach (GreenThread reader in readers)
        {
            await reader;
        }

        Assert.Equal([0, 1, 2], order);
    });

    [Fact]
    public void OneSocket_ReadAndWrittenByDifferentHubs_InTurns()
    {
        using Hub other = Hub.Start(THub.HubName);
        OnHub(async () =>
        {
            using Pair pair = await Pair.MakeAsync();
            GreenThread echo = GreenThread.Spawn(async () =>
            {
                byte[] buffer = new byte[16];
                while (await pair.Server.ReceiveAsync(buffer) is > 0 and var count)
                {
                    await pair.Server.SendAllAsync(buffer.AsMemory(0, count));
                }
            });
            async Task RoundTripAsync(int i, Hub reads, Hub writes)
            {
                byte[] answer = new byte[32];
                Task<int> reading = reads.InvokeAsync(async () => await pair.Client.ReceiveAsync(answer));
                await writes.InvokeAsync(async () => await pair.Client.SendAllAsync(new[] { (byte)i }));
                Assert.Equal(1, await reading);
                Assert.Equal((byte)i, answer[0]);
            }

            Hub self = Hubs.GetHub();
            Hub[] hubs = [self, other];
            for (int i = 0; i < 400; i++)
            {
                await RoundTripAsync(i, hubs[i & 1], hubs[(i >> 1) & 1]);
            }

            pair.Client.Shutdown(SocketShutdown.Send);
            await echo;
        });
    }

    [Fact]
    public void AbandonedSocket_IsCollected_AndItsDescriptorClosed() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        (WeakReference abandoned, int fd) = await AbandonAsync(pair);
        for (int i = 0; i < 20 && abandoned.IsAlive; i++)
        {
            await Turns.PassAsync();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // No structure of the hub keeps a socket alive whose greenthread has ended.
        Assert.False(abandoned.IsAlive);
        Assert.DoesNotContain(Support.Descriptors.List(), d => d.Number == fd && d.Target.StartsWith("socket", StringComparison.Ordinal));
    });

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static async Task<(WeakReference Socket, int Fd)> AbandonAsync(Pair pair)
    {
        using TestListener listener = TestListener.Make();
        GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        using GreenSocket peer = await listener.Socket.AcceptAsync();
        client.Timeout = TimeSpan.FromTicks(1);
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await client.ReceiveAsync(new byte[1]));

        // The pooled wait is used by another meanwhile.
        pair.Client.Timeout = TimeSpan.Zero;
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Client.ReceiveAsync(new byte[1]));
        return (new WeakReference(client), (int)client.SafeHandle.DangerousGetHandle());
    }

    private static void Reset(GreenSocket socket)
    {
        using var view = new Socket(new SafeSocketHandle(socket.SafeHandle.DangerousGetHandle(), ownsHandle: false));
        view.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}

public sealed class SocketCloseOnEpoll : SocketCloseTests<EpollHub>;

public sealed class SocketCloseOnIoUring : SocketCloseTests<IoUringHub>;

public sealed class SocketCloseOnPoll : SocketCloseTests<PollHub>;

public sealed class SocketCloseOnSelect : SocketCloseTests<SelectHub>;

/// <summary>On a backend that reports once.</summary>
public sealed class SocketCloseOnOneShot : SocketCloseTests<OneShotHub>;
