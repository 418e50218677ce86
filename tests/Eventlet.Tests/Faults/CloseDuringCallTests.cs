using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Faults;

/// <summary>
/// A socket is closed on one thread just as another one's call is on its way into the system. .NET disconnects such a socket before it closes it, so that calls which
/// block return: what the call says then must not be taken for an error, or the end, of the connection.
/// </summary>
public abstract class CloseDuringCallTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    protected CloseDuringCallTests() => SystemCallSeam.Require();

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void Accept_EndsAsClosed(Transport transport) => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make(transport);
        using var closing = new Closing(listener.Socket, SystemCall.Accept);
        await Assert.ThrowsAsync<IOClosedException>(async () => await listener.Socket.AcceptAsync());
        Assert.True(closing.Begun);
    });

    [Theory]
    [InlineData(Transport.IPv4)]
    [InlineData(Transport.Unix)]
    public void Receive_EndsAsClosed(Transport transport) => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make(transport);
        using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        using GreenSocket server = await listener.Socket.AcceptAsync();
        using var closing = new Closing(client, SystemCall.Receive);
        await Assert.ThrowsAsync<IOClosedException>(async () => await client.ReceiveAsync(new byte[10]));
        Assert.True(closing.Begun);
    });

    /// <summary>Closes a socket on another thread when a call on it is about to be made, and lets the call be made when the system has seen that.</summary>
    private sealed class Closing : IDisposable
    {
        private readonly FaultScript _script = new();
        private readonly Socket _view;
        private PlainThread.Started<bool>? _thread;

        internal Closing(GreenSocket socket, SystemCall call)
        {
            int fd = FaultLab.Fd(socket);
            _view = new Socket(new SafeSocketHandle(fd, ownsHandle: false));
            _script.Otherwise = (asked, asking, _) =>
            {
                if (asked == call && asking == fd && _thread is null)
                {
                    _thread = PlainThread.Start(() =>
                    {
                        socket.Close();
                        return true;
                    });
                    while (!_view.Poll(0, SelectMode.SelectRead))
                    {
                        Thread.Yield();
                    }
                }

                return 0;
            };
        }

        internal bool Begun => _thread is not null;

        public void Dispose()
        {
            _thread?.Join();
            _script.Dispose();
            _view.Dispose();
        }
    }
}

public sealed class CloseDuringCallOnEpoll : CloseDuringCallTests<EpollHub>;

public sealed class CloseDuringCallOnIoUring : CloseDuringCallTests<IoUringHub>;

public sealed class CloseDuringCallOnPoll : CloseDuringCallTests<PollHub>;

public sealed class CloseDuringCallOnSelect : CloseDuringCallTests<SelectHub>;

public sealed class CloseDuringCallOnLibevent : CloseDuringCallTests<LibeventHub>;
