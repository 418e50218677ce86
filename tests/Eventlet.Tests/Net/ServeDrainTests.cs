using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>The end of a server: what happens to handlers that still run.</summary>
public abstract class ServeDrainTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    private const byte Stop = 255;

    [Fact]
    public void Drain_WaitsForHandlers_AndTakesNoMoreConnections() => OnClock(async () =>
    {
        using TestListener listener = TestListener.Make();
        var source = new CancellationTokenSource();
        GreenThread server = Serve(listener, Timeout.InfiniteTimeSpan, source.Token);
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await client.SendAllAsync(new byte[1]);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));
        await source.CancelAsync();
        await Turns.PassAsync(5);
        using GreenSocket late = await GreenNet.ConnectAsync(listener.Address);
        await late.SendAllAsync(new byte[1]);
        await Turns.PassAsync(5);
        Assert.False(server.IsDead);

        // It is served to its end.
        await client.SendAllAsync(new byte[1]);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));
        client.Close();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.AsTask());
        Assert.Equal(1, await (await listener.Socket.AcceptAsync()).ReceiveAsync(new byte[1]));
    });

    [Fact]
    public void Drain_ThatTakesTooLong_KillsTheRest_AndWaitsForTheirCleanUp() => OnClock(async () =>
    {
        using TestListener listener = TestListener.Make();
        int begun = 0;
        int cleaned = 0;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
        {
            begun++;
            try
            {
                await ReceiveOrStopAsync(connection);
                await connection.ReceiveAsync(new byte[1]);
            }
            finally
            {
                await GreenThread.SleepAsync();
                cleaned++;
            }
        }, new ServeOptions { Drain = Seconds(5) }));
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await Turns.UntilAsync(() => begun == 1);
        await StopAsync(listener);
        await Turns.PassAsync(5);
        Clock.Advance(Seconds(4));
        await Turns.PassAsync(5);
        Assert.False(server.IsDead);

        // The handler that asked for the end.
        Assert.Equal(1, cleaned);
        Clock.Advance(Seconds(1));
        await server;
        Assert.Equal(2, cleaned);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
    });

    [Fact]
    public void Drain_ThatIsKilledItself_KillsTheHandlers() => OnClock(async () =>
    {
        using TestListener listener = TestListener.Make();
        using var source = new CancellationTokenSource();
        GreenThread server = Serve(listener, Timeout.InfiniteTimeSpan, source.Token);
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await client.SendAllAsync(new byte[1]);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));
        await source.CancelAsync();
        await Turns.PassAsync(5);
        server.Kill();
        await server;
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
        await Turns.AloneAsync();
    });

    [Fact]
    public void Handler_ThatFailsDuringTheDrain_IsNoErrorOfTheServer() => OnClock(async () =>
    {
        using TestListener listener = TestListener.Make();
        int begun = 0;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
        {
            begun++;
            await ReceiveOrStopAsync(connection);
            throw new InvalidOperationException("late");
        }, new ServeOptions { Drain = Timeout.InfiniteTimeSpan }));
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await Turns.UntilAsync(() => begun == 1);
        await StopAsync(listener);
        await Turns.PassAsync(5);
        client.Close();
        await server;
    });

    [Fact]
    public void WithoutDrain_HandlersGoOn() => OnClock(async () =>
    {
        using TestListener listener = TestListener.Make();
        GreenThread server = Serve(listener, null, default);
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await client.SendAllAsync(new byte[1]);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));
        await StopAsync(listener);
        await server;
        await client.SendAllAsync(new byte[1]);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));
    });

    private static GreenThread Serve(TestListener listener, TimeSpan? drain, CancellationToken cancellationToken) =>
        GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, EchoAsync, new ServeOptions { Drain = drain }, cancellationToken));

    private static async Task EchoAsync(GreenSocket connection)
    {
        while (await ReceiveOrStopAsync(connection))
        {
            await connection.SendAllAsync(new byte[1]);
        }
    }

    /// <summary>Receives a byte, which may tell the server to end.</summary>
    private static async Task<bool> ReceiveOrStopAsync(GreenSocket connection)
    {
        byte[] buffer = new byte[1];
        bool isThere = await connection.ReceiveAsync(buffer) > 0;
        return buffer[0] == Stop ? throw new StopServe() : isThere;
    }

    private static async Task StopAsync(TestListener listener)
    {
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        await client.SendAllAsync(new[] { Stop });
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
    }
}

public sealed class ServeDrainOnEpoll : ServeDrainTests<EpollHub>;

public sealed class ServeDrainOnPoll : ServeDrainTests<PollHub>;

public sealed class ServeDrainOnSelect : ServeDrainTests<SelectHub>;
