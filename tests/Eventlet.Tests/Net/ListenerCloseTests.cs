using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>A listener that is closed while an accept waits listens no more: a system that does the accept must not keep the file open behind the close.</summary>
public abstract class ListenerCloseTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int Rounds = 100;

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void ListenerThatIsClosedOnItsHub_RefusesAtOnce(Transport transport) => OnHub(async () =>
    {
        for (int i = 0; i < Rounds; i++)
        {
            using TestListener listener = TestListener.Make(transport);
            GreenThread accepting = GreenThread.Spawn(async () => await listener.Socket.AcceptAsync());
            await Turns.PassAsync(i % 4);
            listener.Socket.Close();
            AssertRefuses(listener);
            await Assert.ThrowsAsync<IOClosedException>(async () => await accepting);
        }
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void ListenerThatIsClosedElsewhere_RefusesWhenItsWaiterIsTold(Transport transport) => OnHub(async () =>
    {
        for (int i = 0; i < Rounds; i++)
        {
            using TestListener listener = TestListener.Make(transport);
            GreenThread accepting = GreenThread.Spawn(async () => await listener.Socket.AcceptAsync());
            await Turns.PassAsync(i % 4);
            Task closing = Task.Run(listener.Socket.Close);
            await Assert.ThrowsAsync<IOClosedException>(async () => await accepting);
            await closing;
            AssertRefuses(listener);
        }
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public async Task ListenerOnWhichSomebodyOutsideWaits_RefusesWhenHeIsTold(Transport transport)
    {
        await using Hub hub = Hub.Start(THub.HubName);
        for (int i = 0; i < Rounds; i++)
        {
            using TestListener listener = TestListener.Make(transport);
            listener.Socket.Home = hub;
            Task<GreenSocket> accepting = listener.Socket.AcceptAsync().AsTask();
            await hub.InvokeAsync(() => Turns.PassAsync(i % 4));
            listener.Socket.Close();
            await Assert.ThrowsAsync<IOClosedException>(() => accepting);
            AssertRefuses(listener);
        }
    }

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void ListenerWhoseHubRestsMeanwhile_RefusesAtOnce(Transport transport) => OnOwner(() =>
    {
        for (int i = 0; i < Rounds; i++)
        {
            using TestListener listener = TestListener.Make(transport);
            GreenThread accepting = GreenThread.Spawn(async () => await listener.Socket.AcceptAsync());
            GreenThread.Sleep();
            listener.Socket.Close();
            AssertRefuses(listener);
            Assert.Throws<IOClosedException>(accepting.Wait);
        }
    });

    private static void AssertRefuses(TestListener listener)
    {
        using var client = new Socket(listener.Address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        SocketException refused = Assert.Throws<SocketException>(() => client.Connect(listener.Address));

        // .NET takes the file of a Unix socket away with it.
        Assert.Contains(refused.SocketErrorCode, (SocketError[])[SocketError.ConnectionRefused, SocketError.AddressNotAvailable]);
    }
}

public sealed class ListenerCloseOnEpoll : ListenerCloseTests<EpollHub>;

public sealed class ListenerCloseOnIoUring : ListenerCloseTests<IoUringHub>;

public sealed class ListenerCloseOnPoll : ListenerCloseTests<PollHub>;

public sealed class ListenerCloseOnSelect : ListenerCloseTests<SelectHub>;

public sealed class ListenerCloseOnLibevent : ListenerCloseTests<LibeventHub>;
