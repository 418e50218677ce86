using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Connections to hosts that have several addresses: RFC 8305.</summary>
public abstract class ConnectByNameTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    private static readonly IPAddress s_refusing = IPAddress.Parse("127.0.0.2");

    [Fact]
    public void Addresses_AreTriedFamilyByFamilyInTurn()
    {
        IPAddress[] addresses = [.. new[] { "::1", "::2", "::3", "127.0.0.1", "127.0.0.2" }.Select(IPAddress.Parse)];
        Assert.Equal(["[::1]:80", "127.0.0.1:80", "[::2]:80", "127.0.0.2:80", "[::3]:80"], HappyEyeballs.Order(addresses, 80).Select(address => address.ToString()));
    }

    [Fact]
    public void Address_ThatRefuses_IsFollowedAtOnce() => OnClock(async () =>
    {
        using TestListener listener = TestListener.Make();
        using GreenSocket client = await GreenNet.ConnectAsync("both.test", Port(listener), Addresses(s_refusing, IPAddress.Loopback));
        Assert.Equal(listener.Address, client.RemoteEndPoint);
    });

    [Fact]
    public void Address_ThatIsSilent_IsFollowedAfterTheDelay_AndGivenUpWhenTheOtherAnswers() => OnClock(async () =>
    {
        using var silent = new SilentListener(s_refusing);
        using GreenSocket good = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, silent.Port));
        GreenThread<GreenSocket> connecting = GreenThread.Spawn(() =>
            GreenNet.ConnectAsync("both.test", silent.Port, Addresses(s_refusing, IPAddress.Loopback)).AsTask());
        await Turns.PassAsync(10);
        Clock.Advance(TimeSpan.FromMilliseconds(249));
        await Turns.PassAsync(10);
        Assert.False(connecting.IsDead);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        using GreenSocket client = await connecting;
        Assert.Equal(good.LocalEndPoint, client.RemoteEndPoint);

        // The attempt that lost is gone.
        await Turns.AloneAsync();
    });

    [Fact]
    public void AllAddresses_ThatRefuse_GiveTheErrorOfTheLast() => OnClock(async () =>
    {
        using TestListener listener = TestListener.Make();
        int port = Port(listener);
        listener.Socket.Close();
        SocketException error = await Assert.ThrowsAsync<SocketException>(() =>
            GreenNet.ConnectAsync("none.test", port, Addresses(s_refusing, IPAddress.Loopback)).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    });

    [Fact]
    public void Name_WithoutAddresses_IsHostNotFound() => OnClock(async () =>
        Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<SocketException>(() =>
            GreenNet.ConnectAsync("none.test", 80, Addresses()).AsTask())).SocketErrorCode));

    [Fact]
    public void Resolver_ThatNeverAnswers_HoldsNoKill_AndNoTimeout() => OnClock(async () =>
    {
        var options = new ConnectOptions { Resolver = static (_, _) => new TaskCompletionSource<IPAddress[]>().Task };
        GreenThread<GreenSocket> connecting = GreenThread.Spawn(() => GreenNet.ConnectAsync("silent.test", 80, options).AsTask());
        await Turns.PassAsync();
        connecting.Kill();
        await Assert.ThrowsAsync<GreenletExit>(() => connecting.AsTask());
        Assert.True(connecting.WasKilled);
        GreenThread limited = GreenThread.Spawn(async () =>
        {
            using var scope = new GreenTimeout(Seconds(1));
            await GreenNet.ConnectAsync("silent.test", 80, options);
        });
        await Turns.PassAsync();
        Clock.Advance(Seconds(1));
        await Assert.ThrowsAsync<GreenTimeoutException>(() => limited.AsTask());
    });

    [Fact]
    public void Token_GivesUpAllAttempts() => OnClock(async () =>
    {
        using var silent = new SilentListener(s_refusing);
        using var source = new CancellationTokenSource();
        GreenThread connecting = GreenThread.Spawn(() =>
            GreenNet.ConnectAsync("both.test", silent.Port, Addresses(s_refusing, s_refusing, s_refusing), source.Token).AsTask());
        await Turns.PassAsync(10);
        Clock.Advance(TimeSpan.FromMilliseconds(250));
        await Turns.PassAsync(10);
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.AsTask())).CancellationToken);
        await Turns.AloneAsync();
    });

    [Fact]
    public void Name_OfThisMachine_IsFound_FromEveryPlace()
    {
        OnGreen(async () =>
        {
            using TestListener listener = TestListener.Make();
            using GreenSocket client = await GreenNet.ConnectAsync(new DnsEndPoint("localhost", Port(listener)));
            Assert.Equal(listener.Address, client.RemoteEndPoint);
        });
        OnMain(() =>
        {
            using TestListener listener = TestListener.Make();
            using GreenSocket client = GreenNet.Connect(new DnsEndPoint("localhost", Port(listener)));
            Assert.Equal(listener.Address, client.RemoteEndPoint);
            using GreenSocket other = GreenNet.Connect("localhost", Port(listener));
            Assert.Equal(listener.Address, other.RemoteEndPoint);
        });
    }

    [Fact]
    public async Task Port_OutOfRange_IsRefused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => GreenNet.ConnectAsync("a.test", 0).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => GreenNet.ConnectAsync("a.test", 65536).AsTask());
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectOptions { AttemptDelay = TimeSpan.Zero });
    }

    private static int Port(TestListener listener) => ((IPEndPoint)listener.Address).Port;

    private static ConnectOptions Addresses(params IPAddress[] addresses) => new() { Resolver = (_, _) => Task.FromResult(addresses) };

    /// <summary>A listener whose queue is full: the system ignores who knocks, as a host does that is not there.</summary>
    private sealed class SilentListener : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _queue = [];

        internal SilentListener(IPAddress address)
        {
            _listener.Bind(new IPEndPoint(address, 0));
            _listener.Listen(0);
            while (true)
            {
                var knocking = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _queue.Add(knocking);
                try
                {
                    knocking.Connect(_listener.LocalEndPoint!);
                }
                catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    // On loopback whoever is let in is so at once, or nearly.
                    if (!knocking.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
                    {
                        return;
                    }
                }
            }
        }

        internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose()
        {
            _queue.ForEach(static socket => socket.Dispose());
            _listener.Dispose();
        }
    }
}

public sealed class ConnectByNameOnEpoll : ConnectByNameTests<EpollHub>;

public sealed class ConnectByNameOnPoll : ConnectByNameTests<PollHub>;

public sealed class ConnectByNameOnSelect : ConnectByNameTests<SelectHub>;
