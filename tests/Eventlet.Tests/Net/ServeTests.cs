using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>GreenNet.Serve and ServeAsync: who is served, and what ends the server.</summary>
[Trait("Sockets", "Both")]
public abstract class ServeTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Connections_AreServed_AndClosedWhenTheirHandlerEnds() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
        {
            byte[] buffer = new byte[8];
            int count = await connection.ReceiveAsync(buffer);
            await connection.SendAllAsync(buffer.AsMemory(0, count));
        }));
        for (int i = 0; i < 5; i++)
        {
            using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
            await client.SendAllAsync(new[] { (byte)i });
            Assert.Equal([(byte)i], await Pattern.ReceiveAsync(client, 100));
        }

        server.Kill();
        await server;

        // The listener stays its owner's.
        Assert.False(listener.Socket.IsClosed);
    });

    [Fact]
    public void Server_ThatIsEndedAtTheLimit_LetsItsHandlersEndQuietly() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        var reported = new List<Exception>();
        Hubs.GetHub().UnhandledException += reported.Add;
        bool isHandled = false;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
        {
            isHandled = true;
            await connection.ReceiveAsync(new byte[1]);
        }, concurrency: 1));
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await Turns.UntilAsync(() => isHandled);
        server.Kill();
        await server;
        await client.SendAllAsync(new byte[1]);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
        await Turns.AloneAsync();
        Assert.Empty(reported);
    });

    [Fact]
    public void AtTheLimit_NoConnectionIsAccepted_UntilAHandlerEnds() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        int running = 0;
        int most = 0;
        int done = 0;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
        {
            most = Math.Max(most, ++running);
            await connection.ReceiveAsync(new byte[1]);
            running--;
            done++;
        }, concurrency: 3));
        List<GreenSocket> clients = [];
        for (int i = 0; i < 12; i++)
        {
            clients.Add(await GreenNet.ConnectAsync(listener.Address));
        }

        await Turns.UntilAsync(() => running == 3);
        await Turns.PassAsync(20);
        Assert.Equal(3, running);
        foreach (GreenSocket client in clients)
        {
            await client.SendAllAsync(new byte[1]);
            Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
            client.Close();
        }

        Assert.Equal((3, 12), (most, done));
        server.Kill();
        await server;
    });

    [Fact]
    public void HandlersException_EndsTheServer_WithIt() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, _ => throw new FormatException("handler")));
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        Assert.Equal("handler", (await Assert.ThrowsAsync<FormatException>(async () => await server)).Message);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
    });

    [Fact]
    public void HandlersException_WhileTheServerIsFull_EndsItToo() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        bool isHandled = false;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
        {
            isHandled = true;
            await connection.ReceiveAsync(new byte[1]);
            throw new FormatException();
        }, concurrency: 1));
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await Turns.UntilAsync(() => isHandled);
        await client.SendAllAsync(new byte[1]);
        await Assert.ThrowsAsync<FormatException>(async () => await server);
    });

    [Fact]
    public void StopServe_EndsTheServerNormally_AndGreenletExitOnlyTheHandler() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        int served = 0;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, _ => ++served < 3 ? throw new GreenletExit() : throw new StopServe()));
        for (int i = 0; i < 3; i++)
        {
            using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
            Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
        }

        await server;
        Assert.Equal(3, served);
    });

    [Fact]
    public void Cancellation_EndsTheServer_WithTheToken_AndHandlersGoOn() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        using var source = new CancellationTokenSource();
        bool isHandled = false;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
        {
            isHandled = true;
            await connection.ReceiveAsync(new byte[1]);
            await connection.SendAllAsync(new byte[2]);
        }, cancellationToken: source.Token));
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await Turns.UntilAsync(() => isHandled);
        await source.CancelAsync();
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await server);
        Assert.Equal(source.Token, cancelled.CancellationToken);
        await client.SendAllAsync(new byte[1]);
        Assert.Equal(2, (await Pattern.ReceiveAsync(client, 10)).Length);
    });

    [Fact]
    public void KilledCaller_TakesTheServerWithIt() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        GreenThread caller = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, _ => Task.CompletedTask));
        await Turns.PassAsync();
        caller.Kill();
        await caller;
        await Turns.PassAsync();
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);

        // Nobody accepts any more, so somebody else may.
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        using GreenSocket accepted = await listener.Socket.AcceptAsync();
    });

    [Fact]
    public void ClosedListener_EndsTheServer_WithThatError() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, _ => Task.CompletedTask));
        await Turns.PassAsync();
        listener.Socket.Close();
        await Assert.ThrowsAsync<IOClosedException>(async () => await server);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BlockingForm_ServesOnAPlainThread_UntilStopServe(bool drains)
    {
        using TestListener listener = TestListener.Make();
        PlainThread.Started<bool> server = PlainThread.Start(() =>
        {
            Hubs.UseHub(THub.HubName);
            using Hub hub = Hubs.GetHub();
            if (drains)
            {
                GreenNet.Serve(listener.Socket, _ => throw new StopServe(), new ServeOptions { Drain = TimeSpan.Zero });
            }
            else
            {
                GreenNet.Serve(listener.Socket, _ => throw new StopServe());
            }

            return true;
        });
        OnOwner(() =>
        {
            using GreenSocket client = GreenNet.Connect(listener.Address);
            Assert.Equal(0, client.Receive(new byte[1]));
        });
        Assert.True(server.Join());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Concurrency_BelowOne_IsAnArgumentError(int concurrency) => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => GreenNet.ServeAsync(listener.Socket, _ => Task.CompletedTask, concurrency));
    });

    [Fact]
    public void FloodedGreenthread_DoesNotStarveTheOthers() => OnHub(async () =>
    {
        // Its receive never has to wait, so only its budget lets the others run: at most so many operations for each of their turns.
        using Pair pair = await Pair.MakeAsync();
        long operations = 0;
        bool stop = false;
        PlainThread.Started<bool> flood = PlainThread.Start(() =>
        {
            Hubs.UseHub(THub.HubName);
            using Hub hub = Hubs.GetHub();
            byte[] much = new byte[65536];
            try
            {
                while (!Volatile.Read(ref stop))
                {
                    pair.Client.SendAll(much);
                }
            }
            catch (Exception error) when (error is SocketException or IOClosedException)
            {
                // The reader has gone.
            }

            return true;
        });
        GreenThread reader = GreenThread.Spawn(async () =>
        {
            byte[] one = new byte[1];
            while (!stop)
            {
                await pair.Server.ReceiveAsync(one);
                operations++;
            }
        });
        long most = 0;

        // By what was received, not by turns: the flood's thread may come late to a busy machine.
        while (operations < 200_000)
        {
            long before = operations;
            await GreenThread.SleepAsync();
            most = Math.Max(most, operations - before);
        }

        // 64 without a wait, and the one that the wait has brought; one where the backend does the operation, so that each is a wait.
        Assert.InRange(most, Hubs.GetHub().Table.Completions is null ? 2 : 1, 65);
        Volatile.Write(ref stop, true);
        await reader;
        pair.Server.Close();
        Assert.True(await Task.Run(() => flood.Join()));
    });
}

public sealed class ServeOnEpoll : ServeTests<EpollHub>;

public sealed class ServeOnIoUring : ServeTests<IoUringHub>;

public sealed class ServeOnPoll : ServeTests<PollHub>;

public sealed class ServeOnSelect : ServeTests<SelectHub>;
