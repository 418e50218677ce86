using System.Net.Sockets;
using Eventlet.Interop;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Faults;

/// <summary>Faults that need an arrangement of their own.</summary>
public abstract class FaultDefectTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Trampoline_OnTheNumberOfASocketThatAnotherThreadClosed_WaitsForTheNewFile(bool isWaitedFor) => OnHub(async () =>
    {
        using var open = new Fds();
        (int a, int b) = open.SocketPair();
        int number = Fds.NextHigh(null);
        FileDescriptorHandle handle = DescriptorPassing.Duplicate(a, number);
        Assert.Equal(number, handle.Value);
        open.Close(a);
        var socket = new GreenSocket(handle, AddressFamily.Unix);
        GreenThread old = GreenThread.Spawn(async () => await socket.ReceiveAsync(new byte[1]));
        await Turns.PassAsync();
        if (!isWaitedFor)
        {
            Fds.Write(b, 1);
            await old;
            old = GreenThread.Spawn(async () => await socket.ReceiveAsync(new byte[1]));
            await Turns.PassAsync();
            Fds.Write(b, 1);
            await old;
        }

        // All within one turn of the hub: its message has not been read when the number is in use again.
        PlainThread.Run(socket.Close);
        (int reader, int writer) = open.Pipe();
        Assert.Equal(number, open.MoveHigh(reader, number));
        ValueTask anew = Hubs.TrampolineAsync(number, read: true);
        if (isWaitedFor)
        {
            await Assert.ThrowsAsync<IOClosedException>(async () => await old);
        }

        Fds.Write(writer, 1);
        await anew;
    });

    [Fact]
    public void Wake_OfAStrangersBackendThatThrows_IsTheHubsFault_NotThePosters()
    {
        var factory = new MischiefFactory(THub.HubName);
        PlainThread.Run(() =>
        {
            using Hub hub = Hub.Start(factory);
            GreenThread waiting = hub.Spawn(async () => await GreenThread.SleepAsync(Forever));
            using var release = new ManualResetEventSlim();
            hub.InvokeAsync(() =>
            {
                // From the next turn on it sleeps, for no longer than this.
                hub.ScheduleCallGlobal(TimeSpan.FromMilliseconds(300), release.Set);
                return Task.CompletedTask;
            }).GetAwaiter().GetResult();

            factory.Waking = static () => throw new InvalidOperationException("cannot wake");
            using var ran = new ManualResetEventSlim();
            HubException? told = null;
            while (told is null && !release.IsSet)
            {
                // Not thrown here, whoever finds the hub asleep.
                hub.Post(ran.Set);
                Task<int> asked = hub.InvokeAsync(() => Task.FromResult(7));
                told = Record.Exception(() => asked.GetAwaiter().GetResult()) as HubException;
            }

            Assert.Contains("cannot be woken", told?.Message, StringComparison.Ordinal);
            Assert.IsType<InvalidOperationException>(told!.InnerException);
            Assert.Contains("cannot be woken", Assert.IsType<HubException>(Record.Exception(() => waiting.Wait())).Message, StringComparison.Ordinal);
            factory.Waking = null;

            // What was posted is not lost.
            ran.Wait();
        });
    }

    [Fact]
    public void SendAll_HalfDone_WhenTheSocketIsClosed_EndsWithThat() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync(Transport.Unix);
        byte[] data = Pattern.Of(100_000);
        GreenThread sending = GreenThread.Spawn(async () => await pair.Client.SendAllAsync(data));
        await Turns.PassAsync();
        byte[] first = await Pattern.ReceiveAsync(pair.Server, 3000);
        await Turns.PassAsync();
        Assert.False(sending.IsDead);
        pair.Client.Close();
        await Assert.ThrowsAsync<IOClosedException>(async () => await sending);
        byte[] rest = await Pattern.ReceiveAsync(pair.Server, data.Length);
        Pattern.AssertSame(data[..(first.Length + rest.Length)], [.. first, .. rest]);
    });

    [Fact]
    public void Connect_ToAUnixListenerWhoseQueueIsFull_SucceedsAsSoonAsThereIsRoom() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make(Transport.Unix, backlog: 0);
        List<GreenSocket> sockets = [];
        GreenThread connecting = await FillAsync(listener, sockets, timeout: null);
        (await listener.Socket.AcceptAsync()).Close();
        await connecting;
        sockets.ForEach(static socket => socket.Close());
    });

    [Fact]
    public void Connect_ToAUnixListenerWhoseQueueStaysFull_EndsByTheSocketsTimeout() => PlainThread.Run(() =>
    {
        var clock = new FakeTimeProvider();
        Hubs.UseHub(Hubs.Builtin.Single(factory => factory.Name == THub.HubName), new HubOptions { Clock = clock });
        using Hub hub = Hubs.GetHub();
        hub.Run(async () =>
        {
            using TestListener listener = TestListener.Make(Transport.Unix, backlog: 0);
            List<GreenSocket> sockets = [];
            GreenThread connecting = await FillAsync(listener, sockets, TimeSpan.FromSeconds(10));
            for (int step = 0; step < 9_900; step += 50)
            {
                Assert.False(connecting.IsDead);
                clock.Advance(TimeSpan.FromMilliseconds(50));
                await Turns.PassAsync();
            }

            for (int step = 0; step < 20 && !connecting.IsDead; step++)
            {
                clock.Advance(TimeSpan.FromMilliseconds(50));
                await Turns.PassAsync();
            }

            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await connecting);
            sockets.ForEach(static socket => socket.Close());
        });
    });

    [Fact]
    public void Connect_ThatIsNotAnswered_EndsByTheSocketsTimeout() => OnHub(async () =>
    {
        using TestListener listener = TestListener.Make(backlog: 0);
        List<GreenSocket> sockets = [];
        GreenThread connecting = await FillAsync(listener, sockets, TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await connecting);
        sockets.ForEach(static socket => socket.Close());
    });

    /// <summary>Connects until one has to wait, and returns that one.</summary>
    private static async Task<GreenThread> FillAsync(TestListener listener, List<GreenSocket> sockets, TimeSpan? timeout)
    {
        bool isUnix = listener.Address is UnixDomainSocketEndPoint;
        while (true)
        {
            Assert.True(sockets.Count < 50, "the listener's queue has no end");
            var socket = new GreenSocket(listener.Address.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp) { Timeout = timeout };
            sockets.Add(socket);
            GreenThread connecting = GreenThread.Spawn(async () => await socket.ConnectAsync(listener.Address));
            await Turns.PassAsync(20);
            if (!connecting.IsDead)
            {
                return connecting;
            }
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class FaultDefectOnEpoll : FaultDefectTests<EpollHub>;

/// <summary>On poll.</summary>
public sealed class FaultDefectOnPoll : FaultDefectTests<PollHub>;

/// <summary>On select.</summary>
public sealed class FaultDefectOnSelect : FaultDefectTests<SelectHub>;
