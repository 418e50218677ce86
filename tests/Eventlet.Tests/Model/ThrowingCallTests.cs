using System.Buffers;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>Code of the user's that throws, or calls the hub, in a place where the hub calls it: neither the loop nor anybody else suffers.</summary>
public abstract class ThrowingCallTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    [Fact]
    public void Backend_WhoseDisposeThrows_DoesNotKeepTheHubFromEnding() => PlainThread.Run(() =>
    {
        var factory = new WatchedFactory(THub.HubName) { Disposing = static () => throw new IOException("cannot close") };
        var reported = new List<Exception>();
        Hub hub = Hub.Start(factory, new HubOptions { OnUnhandled = reported.Add });
        Task waiting = hub.InvokeAsync(async () => await GreenThread.SleepAsync(Forever));
        hub.Dispose();
        Assert.Throws<HubException>(() => waiting.GetAwaiter().GetResult());
        Assert.Equal("cannot close", Assert.IsType<IOException>(Assert.Single(reported)).Message);
    });

    [Fact]
    public void Buffer_ThatIsGoneWhenDataCome_FailsItsReceive_AndNothingElse() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        using var memory = new RevocableMemory();
        GreenThread<int> reader = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(memory.Memory));
        await Turns.PassAsync(3);
        memory.IsRevoked = true;
        await pair.Client.SendAllAsync(new byte[] { 7 });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reader);

        // Nobody counts as reading any more, and the byte is still there.
        Assert.Equal([7], await Pattern.ReceiveAsync(pair.Server, 1));
        GreenThread<int> next = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(new byte[1]));
        await Turns.PassAsync(3);
        await pair.Client.SendAllAsync(new byte[] { 8 });
        Assert.Equal(1, await next);
    });

    [Fact]
    public void Buffer_ThatIsGoneInTheFirstTry_FailsItsReceive_AndTheSocketGoesOn() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        using var memory = new RevocableMemory();
        await pair.Client.SendAllAsync(new byte[200]);
        byte[] one = new byte[1];
        memory.IsRevoked = true;

        // More than a greenthread may do in one go: some of these tries are made by the hub, some by the caller.
        for (int i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pair.Server.ReceiveAsync(memory.Memory));
            Assert.Equal(1, await pair.Server.ReceiveAsync(one));
        }
    });

    [Fact]
    public void Context_WhosePostThrows_KeepsNobodyElseFromBeingTold() => PlainThread.Run(() =>
    {
        var reported = new List<Exception>();
        Hub hub = Hub.Start(THub.HubName, new HubOptions { OnUnhandled = reported.Add });
        Task before = hub.InvokeAsync(async () => await GreenThread.SleepAsync(Forever));
        GreenThread green = hub.Spawn(async () => await GreenThread.SleepAsync(Forever));
        SynchronizationContext.SetSynchronizationContext(new ClosedContext());
        green.GetAwaiter().OnCompleted(static () => { });
        SynchronizationContext.SetSynchronizationContext(null);
        Task after = hub.InvokeAsync(async () => await GreenThread.SleepAsync(Forever));
        hub.Dispose();
        Assert.Throws<HubException>(() => before.GetAwaiter().GetResult());
        Assert.Throws<HubException>(() => after.GetAwaiter().GetResult());
        Assert.Equal("the window is closed", Assert.Single(reported).Message);
    });

    [Fact]
    public void Listener_AddedByAMarkAsClosed_WhileTheBackendIsMade_IsRegisteredOnce() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int gone, int writer) = pipes.Pipe();
        (int reader, int other) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        int called = 0;
        Exception? refused = null;
        FdListener? late = null;
        hub.Remove(hub.Add(FdEvent.Read, reader, static _ => { }));
        hub.Add(FdEvent.Read, gone, static _ => { }, static _ => { }, () => late = hub.Add(FdEvent.Read, reader, _ =>
        {
            called++;
            hub.Remove(late!);
        }, error => refused = error));
        pipes.Close(gone);
        Pipes.Write(other);
        for (int i = 0; i < 3; i++)
        {
            GreenThread.Sleep();
        }

        Assert.Null(refused);
        Assert.Equal(1, called);
    });

    /// <summary>Memory that its owner may take back while somebody still has it, as pools do.</summary>
    private sealed class RevocableMemory : MemoryManager<byte>
    {
        private readonly byte[] _bytes = new byte[16];

        internal bool IsRevoked { get; set; }

        public override Memory<byte> Memory => CreateMemory(_bytes.Length);

        public override Span<byte> GetSpan() => IsRevoked ? throw new ObjectDisposedException("a buffer") : _bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class ClosedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => throw new InvalidOperationException("the window is closed");
    }
}

/// <summary>On epoll.</summary>
public sealed class ThrowingCallTestsOnEpoll : ThrowingCallTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class ThrowingCallTestsOnIoUring : ThrowingCallTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class ThrowingCallTestsOnPoll : ThrowingCallTests<PollHub>;

/// <summary>On select.</summary>
public sealed class ThrowingCallTestsOnSelect : ThrowingCallTests<SelectHub>;
