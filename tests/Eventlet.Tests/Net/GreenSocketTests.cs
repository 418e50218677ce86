using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Green sockets: connecting, and moving bytes.</summary>
[Trait("Sockets", "Both")]
public abstract class GreenSocketTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.IPv6)]
    [InlineData(Transport.Unix)]
    public void Bytes_GoBothWays_AndTheAddressesAgree(Transport transport) => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make(transport);
        GreenThread<GreenSocket> accepting = GreenThread.Spawn(async () => await listener.Socket.AcceptAsync());
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        using GreenSocket server = await accepting;
        if (transport != Transport.Unix)
        {
            Assert.Equal(listener.Address, client.RemoteEndPoint);
            Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
            Assert.Equal(server.LocalEndPoint, client.RemoteEndPoint);
        }

        byte[] buffer = new byte[16];
        GreenThread<int> reading = GreenThread.Spawn(async () => await server.ReceiveAsync(buffer));
        await Turns.PassAsync();
        Assert.False(reading.IsDead);
        await client.SendAllAsync("hello"u8.ToArray());
        Assert.Equal(5, await reading);
        Assert.Equal("hello"u8, buffer.AsSpan(0, 5));
        Assert.Equal(3, await server.SendAsync("you"u8.ToArray()));
        Assert.Equal(3, await client.ReceiveAsync(buffer));
        Assert.Equal("you"u8, buffer.AsSpan(0, 3));
    });

    [Fact]
    public void EndPoints_BeforeBindingAndConnecting_AreNull()
    {
        using var socket = new GreenSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Null(socket.RemoteEndPoint);
        Assert.Null(socket.LocalEndPoint);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.NotEqual(0, Assert.IsType<IPEndPoint>(socket.LocalEndPoint).Port);
    }

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void BlockingForms_OnAPlainThread_Work(Transport transport)
    {
        OnOwner(() =>
        {
            using Pair pair = Pair.Make(transport);
            byte[] buffer = new byte[4];

            // The peer is a greenthread of the same thread's hub, which runs under the blocking calls only.
            GreenThread peer = GreenThread.Spawn(async () =>
            {
                Assert.Equal(1, await pair.Server.ReceiveAsync(buffer));
                await pair.Server.SendAllAsync(new byte[] { 7, 8 });
            });
            pair.Client.SendAll([5]);
            byte[] answer = new byte[8];
            Assert.Equal(2, pair.Client.Receive(answer));
            Assert.Equal(8, answer[1]);
            Assert.Equal(5, buffer[0]);
            Assert.True(peer.Wait(TimeSpan.FromSeconds(20)));
            Assert.Equal(1, pair.Client.Send([1]));
        });
    }

    [Fact]
    public void BlockingForms_InsideMainloop_AreRefused() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        foreach (Action blocking in (Action[])
        [
            () => pair.Client.Receive(new byte[1]),
            () => pair.Client.Send(new byte[1]),
            () => pair.Client.SendAll(new byte[1]),
            () => pair.Client.Accept(),
            () => pair.Client.Connect(new IPEndPoint(IPAddress.Loopback, 1)),
            () => GreenNet.Connect(new IPEndPoint(IPAddress.Loopback, 1)),
            () => GreenNet.Serve(pair.Client, _ => Task.CompletedTask),
        ])
        {
            Assert.StartsWith("do not call blocking functions from the mainloop", Assert.Throws<InvalidOperationException>(blocking).Message, StringComparison.Ordinal);
        }
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void TwentyOneMegabytes_AllArrive(Transport transport) => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync(transport);
        byte[] all = Pattern.Of(21 * 1024 * 1024);
        GreenThread sending = GreenThread.Spawn(async () =>
        {
            await pair.Client.SendAllAsync(all);
            pair.Client.Shutdown(SocketShutdown.Send);
        });
        byte[] received = await Pattern.ReceiveAsync(pair.Server, all.Length + 1);
        Pattern.AssertSame(all, received);
        await sending;
    });

    [Fact]
    public void TwentyOneMegabytes_InBlockingCalls_AllArrive()
    {
        byte[] all = Pattern.Of(21 * 1024 * 1024, 1);
        OnOwner(() =>
        {
            using Pair pair = Pair.Make();
            PlainThread.Started<bool> sender = PlainThread.Start(() =>
            {
                Hubs.UseHub(THub.HubName);
                using Hub hub = Hubs.GetHub();
                pair.Client.SendAll(all);
                pair.Client.Shutdown(SocketShutdown.Send);
                return true;
            });
            byte[] received = new byte[all.Length];
            int count = 0;
            while (pair.Server.Receive(received.AsSpan(count)) is > 0 and var more)
            {
                count += more;
            }

            Assert.True(sender.Join());
            Pattern.AssertSame(all, received);
        });
    }

    [Fact]
    public void Send_OfMoreThanFits_IsPartial() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync();
        byte[] all = new byte[8 * 1024 * 1024];
        int sent = await pair.Client.SendAsync(all);
        Assert.InRange(sent, 1, all.Length - 1);
        Assert.Equal(sent, (await Pattern.ReceiveAsync(pair.Server, sent)).Length);
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void FullDuplex_WithTinyBuffers_BothDirectionsAtOnceOnBothSides(Transport transport) => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync(transport);
        const int Length = 400_000;
        byte[] there = Pattern.Of(Length, 2);
        byte[] back = Pattern.Of(Length, 3);
        GreenThread[] sending =
        [
            GreenThread.Spawn(async () => await pair.Client.SendAllAsync(there)),
            GreenThread.Spawn(async () => await pair.Server.SendAllAsync(back)),
        ];
        GreenThread<byte[]> atServer = GreenThread.Spawn(() => Pattern.ReceiveAsync(pair.Server, Length));
        GreenThread<byte[]> atClient = GreenThread.Spawn(() => Pattern.ReceiveAsync(pair.Client, Length));
        Pattern.AssertSame(there, await atServer);
        Pattern.AssertSame(back, await atClient);
        foreach (GreenThread sender in sending)
        {
            await sender;
        }
    });

    [Fact]
    public void HalfClose_EitherWay_LeavesTheOtherDirection() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] buffer = new byte[8];
        GreenThread<int> atServer = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(buffer));
        await Turns.PassAsync();
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await atServer);
        Assert.Equal(0, await pair.Server.ReceiveAsync(buffer));
        for (int i = 0; i < 3; i++)
        {
            await pair.Server.SendAllAsync(new byte[] { 1, 2 });
            Assert.Equal(2, await pair.Client.ReceiveAsync(buffer));
        }

        GreenThread<int> atClient = GreenThread.Spawn(async () => await pair.Client.ReceiveAsync(buffer));
        await Turns.PassAsync();
        pair.Server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await atClient);
    });

    [Fact]
    public void EndOfStream_RightBehindData_IsSeen_InEveryOrder() => OnHub(async () =>
    {
        // A short read makes the next one skip its try; the end must be reported all the same.
        byte[] buffer = new byte[64];
        for (int i = 0; i < 60; i++)
        {
            using Pair pair = await Pair.MakeAsync();
            GreenThread<int> total = GreenThread.Spawn(async () =>
            {
                int sum = 0;
                while (await pair.Server.ReceiveAsync(buffer) is > 0 and var count)
                {
                    sum += count;
                    if (i % 4 == 1)
                    {
                        await Turns.PassAsync();
                    }
                }

                return sum;
            });
            if (i % 3 == 0)
            {
                await Turns.PassAsync();
            }

            await pair.Client.SendAllAsync(new byte[5]);
            if (i % 5 == 0)
            {
                await Turns.PassAsync();
            }

            if (i % 2 == 0)
            {
                pair.Client.Shutdown(SocketShutdown.Send);
            }
            else
            {
                pair.Client.Close();
            }

            Assert.Equal(5, await total);
        }
    });

    [Fact]
    public void ShutdownOfReceiving_WakesTheOwnReader_WithTheEnd() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread<int> reading = GreenThread.Spawn(async () => await pair.Client.ReceiveAsync(new byte[1]));
        await Turns.PassAsync();
        pair.Client.Shutdown(SocketShutdown.Receive);
        Assert.Equal(0, await reading);
    });

    [Fact]
    public void ZeroByteReceive_WaitsForReadability_AndTakesNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread<int> waiting = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(Memory<byte>.Empty));
        await Turns.PassAsync();
        Assert.False(waiting.IsDead);
        await pair.Client.SendAllAsync(new byte[] { 9 });
        Assert.Equal(0, await waiting);
        Assert.Equal(0, await pair.Server.ReceiveAsync(Memory<byte>.Empty));
        byte[] buffer = new byte[4];
        Assert.Equal(1, await pair.Server.ReceiveAsync(buffer));
        Assert.Equal(9, buffer[0]);
        pair.Server.Timeout = TimeSpan.Zero;
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Server.ReceiveAsync(Memory<byte>.Empty));
    });

    [Fact]
    public void EmptySend_SendsNothing_AndReturns() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        Assert.Equal(0, await pair.Client.SendAsync(ReadOnlyMemory<byte>.Empty));
        await pair.Client.SendAllAsync(ReadOnlyMemory<byte>.Empty);
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await pair.Server.ReceiveAsync(new byte[1]));
    });

    [Fact]
    public void Timeout_IsPerWait_AndLosesNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] buffer = new byte[8];
        pair.Server.Timeout = TimeSpan.FromTicks(1);
        for (int i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Server.ReceiveAsync(buffer));
        }

        pair.Server.Timeout = null;
        await pair.Client.SendAllAsync(new byte[] { 1, 2, 3 });
        Assert.Equal(3, await pair.Server.ReceiveAsync(buffer));

        // What is there at once needs no wait, so zero does not time out.
        await pair.Client.SendAllAsync(new byte[] { 4 });
        await Turns.PassAsync();
        pair.Server.Timeout = TimeSpan.Zero;
        Assert.Equal(1, await pair.Server.ReceiveAsync(buffer));
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Server.ReceiveAsync(buffer));
        pair.Server.Timeout = Timeout.InfiniteTimeSpan;
        GreenThread<int> reading = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(buffer));
        await Turns.PassAsync();
        Assert.False(reading.IsDead);
        await pair.Client.SendAllAsync(new byte[] { 5 });
        Assert.Equal(1, await reading);
    });

    [Fact]
    public void Write_AfterAReaderHasTimedOut_ResumesNobodyElse() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync();
        byte[] sent = Pattern.Of(1_000_000, seed: 8);
        var timedOut = new GreenEvent<bool>();
        bool isResumed = false;
        GreenThread reader = GreenThread.Spawn(async () =>
        {
            pair.Server.Timeout = TimeSpan.FromTicks(1);
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Server.ReceiveAsync(new byte[8]));
            pair.Server.Timeout = null;
            timedOut.Send(true);
            await GreenThread.Current!.Hub.SwitchAsync();
            isResumed = true;
        });
        await timedOut.WaitAsync();
        GreenThread writer = GreenThread.Spawn(() => pair.Server.SendAllAsync(sent).AsTask());
        byte[] received = new byte[sent.Length];
        for (int count = 0; count < received.Length;)
        {
            count += await pair.Client.ReceiveAsync(received.AsMemory(count));
        }

        await writer;
        Assert.Equal(sent, received);
        Assert.False(isResumed);
        reader.Switch();
        await reader;
        Assert.True(isResumed);
    });

    [Fact]
    public void Timeout_LimitsSendAllAcceptAndBlockingForms()
    {
        OnHub(async () =>
        {
            using Pair pair = await Pair.MakeTinyAsync();
            pair.Client.Timeout = TimeSpan.FromTicks(1);
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Client.SendAllAsync(new byte[16 * 1024 * 1024]));
            using TestListener listener = TestListener.Make();
            listener.Socket.Timeout = TimeSpan.Zero;
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await listener.Socket.AcceptAsync());
            using GreenSocket late = await GreenNet.ConnectAsync(listener.Address);
            using GreenSocket accepted = await listener.Socket.AcceptAsync();
            Assert.Null(accepted.Timeout);
            Assert.Equal(0, Hubs.GetHub().Statistics.Timers);
        });
        OnOwner(() =>
        {
            using Pair pair = Pair.Make();
            pair.Client.Timeout = TimeSpan.FromTicks(1);
            Assert.Throws<GreenTimeoutException>(() => pair.Client.Receive(new byte[1]));
            Assert.Throws<GreenTimeoutException>(() => pair.Client.SendAll(new byte[64 * 1024 * 1024]));
            using TestListener listener = TestListener.Make();
            listener.Socket.Timeout = TimeSpan.Zero;
            Assert.Throws<GreenTimeoutException>(() => listener.Socket.Accept());
        });
    }

    [Fact]
    public void Cancellation_CarriesTheToken_AndLosesNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        using TestListener listener = TestListener.Make();
        byte[] buffer = new byte[8];
        using var source = new CancellationTokenSource();
        GreenThread<int> reading = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(buffer, source.Token));
        GreenThread<GreenSocket> accepting = GreenThread.Spawn(async () => await listener.Socket.AcceptAsync(source.Token));
        await Turns.PassAsync();
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading)).CancellationToken);
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await accepting)).CancellationToken);
        await pair.Client.SendAllAsync(new byte[] { 1 });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pair.Server.ReceiveAsync(buffer, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pair.Server.SendAsync(buffer, source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pair.Server.SendAllAsync(buffer, source.Token));
        Assert.Equal(1, await pair.Server.ReceiveAsync(buffer));
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        using GreenSocket server = await listener.Socket.AcceptAsync();
    });
}

public sealed class GreenSocketOnEpoll : GreenSocketTests<EpollHub>;

public sealed class GreenSocketOnIoUring : GreenSocketTests<IoUringHub>;

public sealed class GreenSocketOnPoll : GreenSocketTests<PollHub>;

public sealed class GreenSocketOnSelect : GreenSocketTests<SelectHub>;

/// <summary>On a backend that reports once.</summary>
public sealed class GreenSocketOnOneShot : GreenSocketTests<OneShotHub>;
