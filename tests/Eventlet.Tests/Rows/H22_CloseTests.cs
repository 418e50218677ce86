using System.Net;
using System.Net.Sockets;
using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>Row H22: descriptors that are closed, announced or not, while somebody waits for them, and numbers that are handed out again.</summary>
public abstract class H22_CloseTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private protected Fds Open { get; } = new();

    protected override void Dispose(bool disposing)
    {
        Open.Dispose();
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Notification_EndsReaderAndWriterAndListener_OnEveryHub(bool opened, bool fromTheHub)
    {
        (int a, _) = Open.SocketPair();
        Fds.Fill(a);
        using Hub other = Hub.Start(THub.HubName);
        int marked = 0;
        GreenThread elsewhere = other.Spawn(async () => await Hubs.TrampolineAsync(a, read: true, markAsClosed: () => Interlocked.Increment(ref marked)));
        OnHub(async () =>
        {
            var thrown = new List<Exception>();
            Hub hub = Hubs.GetHub();
            FdListener listener = hub.Add(FdEvent.Read, a, _ => { }, thrown.Add, () => Interlocked.Increment(ref marked));
            GreenThread writer = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, write: true, markAsClosed: () => Interlocked.Increment(ref marked)));
            await Turns.PassAsync();
            await other.InvokeAsync(() => Turns.PassAsync());
            Action<int> notify = opened ? Hubs.NotifyOpened : Hubs.NotifyClose;
            if (fromTheHub)
            {
                notify(a);
            }
            else
            {
                await Task.Run(() => notify(a), CancellationToken.None);
            }

            await Assert.ThrowsAsync<IOClosedException>(async () => await writer);
            await Assert.ThrowsAsync<IOClosedException>(async () => await elsewhere);
            await Turns.PassAsync();
            Assert.IsType<IOClosedException>(Assert.Single(thrown));
            Assert.False(listener.IsActive);
            Assert.Equal(3, Volatile.Read(ref marked));
            Assert.Equal((0, 0), (hub.Statistics.Readers, hub.Statistics.Writers));
            Assert.Equal(0, other.Statistics.Readers);

            // The descriptor is still open: waiting again is nobody's mistake.
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(a, write: true, timeout: TimeSpan.Zero));
        });
    }

    [Fact]
    public void Notification_OfANumberThatNobodyWaitsFor_DoesNothing() => OnHub(async () =>
    {
        Hubs.NotifyClose(1_000_000);
        Hubs.NotifyOpened(Open.Eventfd());
        await Turns.PassAsync();
    });

    [Fact]
    public void Notification_ReachesABlockingCall_OfAnotherThread()
    {
        (int reader, _) = Open.Pipe();
        using var waits = new ManualResetEventSlim();
        PlainThread.Started<Type?> blocked = PlainThread.Start(() =>
        {
            Hubs.UseHub(THub.HubName);
            using Hub hub = Hubs.GetHub();

            // Runs when the loop does, so behind the wait in the inbox: by then it is registered.
            hub.Post(() => hub.Post(waits.Set));
            return Record.Exception(() => Hubs.Trampoline(reader, read: true))?.GetType();
        });
        waits.Wait();
        Hubs.NotifyClose(reader);
        Assert.Equal(typeof(IOClosedException), blocked.Join());
    }

    [Fact]
    public void Notification_BeforeTheHubHasTakenAWaitUp_EndsItAsWell()
    {
        (int reader, _) = Open.Pipe();
        OnOwner(() =>
        {
            // A wait that begins outside goes through the inbox, and so does the announcement.
            Hub hub = Hubs.GetHub();
            using var busy = new ManualResetEventSlim();
            Task _ = hub.InvokeAsync(() =>
            {
                busy.Wait();
                return Task.CompletedTask;
            });
            Task waiting = Hubs.TrampolineAsync(reader, read: true).AsTask();
            Hubs.NotifyClose(reader);
            busy.Set();
            Assert.Throws<IOClosedException>(() => waiting.GetAwaiter().GetResult());
        });
    }

    [Fact]
    public void BareClose_WhereTheBackendSeesIt_EndsTheWait() => OnHub(async () =>
    {
        using HubBackend probe = HubSelection.Choose(THub.HubName).Create(new HubOptions());
        int fd = Open.MoveHigh(Open.Eventfd());
        GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true, timeout: probe.Capabilities.SeesClose ? null : TimeSpan.FromTicks(1)));
        await GreenThread.SleepAsync();
        Open.Close(fd);
        if (probe.Capabilities.SeesClose)
        {
            await Assert.ThrowsAsync<IOClosedException>(async () => await waiter);
        }
        else
        {
            // Until the time-out, or until the number is registered again.
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await waiter);
        }

        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NumberHandedOutAgain_WithAStaleWaiter_EndsThatOne_AndServesTheNew(bool otherDirection) => OnHub(async () =>
    {
        int fd = Open.MoveHigh(Open.Eventfd());
        GreenThread stale = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true));
        await GreenThread.SleepAsync();
        Open.Close(fd);
        (int a, int b) = Open.SocketPair();
        Assert.Equal(fd, Open.MoveHigh(a, fd));

        // On epoll and kqueue the old registration is gone, which the new one brings to light. Poll, select and libevent look at numbers, not at files: there
        // the number without an announcement just means the new file, for the stale waiter also.
        if (THub.HubName is "epoll" or "fake-kqueue")
        {
            if (otherDirection)
            {
                await Hubs.TrampolineAsync(fd, write: true);
            }
            else
            {
                await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(fd, read: true, timeout: TimeSpan.Zero));
            }
        }
        else
        {
            Hubs.NotifyOpened(fd);
        }

        await Assert.ThrowsAsync<IOClosedException>(async () => await stale);
        GreenThread anew = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true));
        await Turns.PassAsync();
        Assert.False(anew.IsDead);
        Fds.Write(b);
        await anew;
    });

    [Fact]
    public void NumberHandedOutAgain_WithinOneBatch_IgnoresEventsOfItsEarlierLife() => OnHub(async () =>
    {
        // Two listeners are ready in one batch. The first one closes the other's descriptor and opens the number again: what
        // was reported for the old file must not resume the new one's waiter.
        (int one, int two) = (Open.MoveHigh(Open.Eventfd()), Open.MoveHigh(Open.Eventfd()));
        Hub hub = Hubs.GetHub();
        var calls = new List<int>();
        GreenThread? anew = null;
        int other = 0;
        void Called(int fd)
        {
            calls.Add(fd);
            if (calls.Count > 1)
            {
                return;
            }

            Fds.Read(fd);
            other = fd == one ? two : one;
            Hubs.NotifyClose(other);
            Open.Close(other);
            Assert.Equal(other, Open.MoveHigh(Open.Eventfd(), other));
            int reopened = other;
            anew = hub.Spawn(async () => await Hubs.TrampolineAsync(reopened, read: true));
        }

        FdListener[] listeners = [hub.Add(FdEvent.Read, one, Called), hub.Add(FdEvent.Read, two, Called)];
        await Turns.PassAsync();
        Fds.Write(one);
        Fds.Write(two);
        await Turns.PassAsync();
        Assert.Single(calls);
        Assert.False(anew!.IsDead);
        Fds.Write(other);
        await anew;
        foreach (FdListener listener in listeners)
        {
            hub.Remove(listener);
        }
    });

    [Fact]
    public void Reopening_ThousandTimesUnderAnnouncements_NeverMixesUpFiles() => OnHub(async () =>
    {
        int number = Open.MoveHigh(Open.Eventfd());
        for (int i = 0; i < 1_000; i++)
        {
            int fd = number;
            GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true));
            await GreenThread.SleepAsync();
            if (i % 2 == 0)
            {
                // An event that is on its way when the number is closed.
                Fds.Write(number);
            }

            Hubs.NotifyClose(number);
            Open.Close(number);
            Assert.Equal(number, Open.MoveHigh(Open.Eventfd(), number));
            await Assert.ThrowsAsync<IOClosedException>(async () => await waiter);
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(number, read: true, timeout: TimeSpan.Zero));
        }
    });

    [Fact]
    public void Announcement_OfAnEarlierLife_DoesNotEndAWaitThatBeganAfterIt()
    {
        // Another thread announces and closes; before the hub has heard of it, a greenthread waits for the file that has got the number.
        int number = Open.MoveHigh(Open.Eventfd());
        OnHub(async () =>
        {
            // The number is known to the hub.
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(number, read: true, timeout: TimeSpan.Zero));
            var thread = new Thread(() =>
            {
                Hubs.NotifyClose(number);
                Open.Close(number);
            });
            thread.Start();
            thread.Join();
            Assert.Equal(number, Open.MoveHigh(Open.Eventfd(), number));
            GreenThread writer = GreenThread.Spawn(async () =>
            {
                await Turns.PassAsync();
                Fds.Write(number);
            });
            await Hubs.TrampolineAsync(number, read: true);
            await writer;
        });
    }

    [Fact]
    public void SocketAndHandle_ClosedMeanwhile_DoNotHang()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndpoint);
        using Socket peer = listener.AcceptSocket();
        OnHub(async () =>
        {
            GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(socket, read: true));
            await Turns.PassAsync();
            Hubs.NotifyClose((int)socket.Handle);

            // A reference held across the suspension would let this spin for ever.
            socket.Dispose();
            await Assert.ThrowsAsync<IOClosedException>(async () => await waiter);
            var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(Open.MoveHigh(Open.Eventfd()), ownsHandle: false);
            waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(handle, read: true));
            await Turns.PassAsync();
            Hubs.NotifyClose((int)handle.DangerousGetHandle());
            handle.Dispose();
            Assert.True(handle.IsClosed);
            await Assert.ThrowsAsync<IOClosedException>(async () => await waiter);
        });
    }
}

public sealed class H22_CloseOnEpoll : H22_CloseTests<EpollHub>;

public sealed class H22_CloseOnIoUring : H22_CloseTests<IoUringHub>;

public sealed class H22_CloseOnPoll : H22_CloseTests<PollHub>;

public sealed class H22_CloseOnSelect : H22_CloseTests<SelectHub>;

/// <summary>On a backend that reports once.</summary>
public sealed class H22_CloseOnOneShot : H22_CloseTests<OneShotHub>;
