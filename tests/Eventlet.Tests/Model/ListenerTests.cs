using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>Listeners: one per descriptor and direction unless that is allowed; errors and closes reach exactly the one they belong to.</summary>
public abstract class ListenerTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Listener_IsCalledAsLongAsTheDescriptorIsReady_UntilItIsRemoved() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        var seen = new List<int>();
        FdListener listener = hub.Add(FdEvent.Read, reader, seen.Add);
        GreenThread.Sleep();
        Assert.Empty(seen);
        Assert.True(listener.IsActive);
        Assert.Equal((FdEvent.Read, reader), (listener.Event, listener.Fd));
        Pipes.Write(writer);
        while (seen.Count < 3)
        {
            GreenThread.Sleep();
        }

        Assert.All(seen, fd => Assert.Equal(reader, fd));
        hub.Remove(listener);
        Assert.False(listener.IsActive);
        int before = seen.Count;
        Turns();
        Assert.Equal(before, seen.Count);
        hub.Remove(listener);
        Assert.Equal(0, hub.Statistics.Readers);
    });

    [Theory]
    [InlineData(FdEvent.Read)]
    [InlineData(FdEvent.Write)]
    public void SecondListener_OfTheSameDirection_IsRefusedWithAdvice_AndTheFirstStays(FdEvent direction) => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int a, int b) = pipes.SocketPair();
        Hub hub = Hubs.GetHub();
        int first = 0;
        FdListener listener = hub.Add(direction, a, _ => first++);
        Turns();
        for (int i = 0; i < 2; i++)
        {
            string message = Assert.Throws<InvalidOperationException>(() => hub.Add(direction, a, _ => { })).Message;
            Assert.Contains($"second simultaneous {(direction == FdEvent.Read ? "read" : "write")} on descriptor {a}", message, StringComparison.Ordinal);
            Assert.Contains("pool", message, StringComparison.Ordinal);
            Assert.Contains("PreventMultipleReaders", message, StringComparison.Ordinal);
        }

        // The other direction is free: full duplex.
        FdListener other = hub.Add(direction == FdEvent.Read ? FdEvent.Write : FdEvent.Read, a, _ => { });
        Pipes.Write(b);
        first = 0;
        while (first == 0)
        {
            GreenThread.Sleep();
        }

        Assert.Equal((1, 1), (hub.Statistics.Readers, hub.Statistics.Writers));
        hub.Remove(other);
        hub.Remove(listener);
    });

    [Fact]
    public void SeveralReaders_WhenAllowed_AreServedFirstComeFirstServed() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        hub.Debug.PreventMultipleReaders = false;
        var order = new List<string>();
        var listeners = new Dictionary<string, FdListener>(StringComparer.Ordinal);
        foreach (string name in new[] { "first", "cancelled", "second", "third" })
        {
            listeners[name] = hub.Add(FdEvent.Read, reader, _ =>
            {
                order.Add(name);
                hub.Remove(listeners[name]);
            });
        }

        Assert.Equal(4, hub.Statistics.Readers);
        hub.Remove(listeners["cancelled"]);
        Pipes.Write(writer);
        while (order.Count < 3)
        {
            GreenThread.Sleep();
        }

        Assert.Equal(["first", "second", "third"], order);
        Assert.Equal(0, hub.Statistics.Readers);
    });

    [Fact]
    public void SeveralTrampolines_OneOfWhichTimesOut_LeaveTheOthersInOrder() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        hub.Debug.PreventMultipleReaders = false;
        hub.Run(async () =>
        {
            var order = new List<int>();
            GreenThread[] greens = [.. Enumerable.Range(0, 4).Select(number => GreenThread.Spawn(async () =>
            {
                await Hubs.TrampolineAsync(reader, read: true, timeout: number == 1 ? TimeSpan.FromMilliseconds(1) : null);
                Pipes.Read(reader);
                order.Add(number);
            }))];
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await greens[1]);
            for (int i = 0; i < 3; i++)
            {
                Pipes.Write(writer);
            }

            foreach (GreenThread green in greens.Where((_, i) => i != 1))
            {
                await green;
            }

            Assert.Equal([0, 2, 3], order);
        });
    });

    [Fact]
    public void Listener_RemovedWithinABatch_IsNotCalled() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader1, int writer1) = pipes.Pipe();
        (int reader2, int writer2) = pipes.Pipe();
        Pipes.Write(writer1);
        Pipes.Write(writer2);
        Hub hub = Hubs.GetHub();
        var called = new List<int>();
        FdListener? one = null, two = null;
        one = hub.Add(FdEvent.Read, reader1, fd => Both(fd));
        two = hub.Add(FdEvent.Read, reader2, fd => Both(fd));
        while (called.Count == 0)
        {
            GreenThread.Sleep();
        }

        Turns();
        Assert.Single(called);
        Assert.Equal(0, hub.Statistics.Readers);

        void Both(int fd)
        {
            called.Add(fd);
            hub.Remove(one!);
            hub.Remove(two!);
        }
    });

    [Fact]
    public void Callback_ThatThrows_LosesItsListener_AndNoOther() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int a, int b) = pipes.SocketPair();
        Pipes.Write(b);
        Hub hub = Hubs.GetHub();
        var reported = new List<Exception>();
        hub.UnhandledException += reported.Add;
        int writes = 0;
        FdListener writer = hub.Add(FdEvent.Write, a, _ => writes++);
        FdListener reader = hub.Add(FdEvent.Read, a, _ => throw new FormatException());
        while (reported.Count == 0)
        {
            GreenThread.Sleep();
        }

        writes = 0;
        while (writes < 3)
        {
            GreenThread.Sleep();
        }

        Assert.IsType<FormatException>(Assert.Single(reported));
        Assert.False(reader.IsActive);
        Assert.True(writer.IsActive);
        hub.Remove(writer);
    });

    [Fact]
    public void NotifyClose_MarksThrowsBackAndRemoves_EveryListenerOfTheDescriptor_AndNoOther() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int a, int b) = pipes.SocketPair();
        Hub hub = Hubs.GetHub();
        var log = new List<string>();
        hub.UnhandledException += error => log.Add($"unhandled {error.Message}");
        FdListener reader = hub.Add(FdEvent.Read, a, _ => log.Add("read"), error => log.Add($"reader {error.GetType().Name}"),
            () => throw new FormatException("mark"));
        GreenThread writing = GreenThread.Spawn(async () =>
        {
            Pipes.Fill(a);
            await Hubs.TrampolineAsync(a, write: true, markAsClosed: () => log.Add("mark writer"));
        });
        FdListener other = hub.Add(FdEvent.Read, b, _ => log.Add("other"), error => log.Add("other thrown"));
        hub.Remove(other);
        FdListener kept = hub.Add(FdEvent.Write, pipes.Pipe().Writer, _ => { }, _ => log.Add("kept thrown"));
        Turns();
        Hubs.NotifyClose(a);
        Assert.Throws<IOClosedException>(writing.Wait);
        Turns();
        log.Sort(StringComparer.Ordinal);
        Assert.Equal(["mark writer", "reader IOClosedException", "unhandled mark"], log);
        Assert.False(reader.IsActive);
        Assert.True(kept.IsActive);
        hub.Remove(reader);
        hub.Remove(kept);

        // The number may be listened to again.
        FdListener again = hub.Add(FdEvent.Read, a, _ => { });
        Turns();
        Assert.True(again.IsActive);
        hub.Remove(again);
    });

    [Fact]
    public void Add_OfAClosedDescriptor_FailsAtOnceInsideMainloop_AndLeavesNothing() => OnHub(() =>
    {
        var pipes = new Pipes();
        int fd = pipes.MoveHigh(pipes.Pipe().Reader);
        pipes.Close(fd);
        Hub hub = Hubs.GetHub();
        for (int i = 0; i < 2; i++)
        {
            Assert.Throws<IOClosedException>(() => hub.Add(FdEvent.Read, fd, _ => { }));
            Assert.Equal(0, hub.Statistics.Readers);
        }

        pipes.Dispose();
        return Task.CompletedTask;
    });

    [Fact]
    public void Add_OfAClosedDescriptorBeforeMainloop_IsThrownBackInTheFirstTurn() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        int fd = pipes.MoveHigh(pipes.Pipe().Reader);
        pipes.Close(fd);
        Exception? thrown = null;
        FdListener listener = Hubs.GetHub().Add(FdEvent.Read, fd, _ => { }, error => thrown = error);
        Turns();
        Assert.IsType<IOClosedException>(thrown);
        Assert.False(listener.IsActive);
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
    });

    [Fact]
    public void Add_WithBadArguments_IsRefused() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        Assert.Throws<ArgumentOutOfRangeException>(() => hub.Add(FdEvent.Read, -1, _ => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => hub.Add((FdEvent)7, 0, _ => { }));
        Assert.Throws<ArgumentNullException>(() => hub.Add(FdEvent.Read, 0, null!));
        Assert.Throws<ArgumentNullException>(() => hub.Remove(null!));
    });

    private static void Turns()
    {
        for (int i = 0; i < 5; i++)
        {
            GreenThread.Sleep();
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class ListenerOnEpoll : ListenerTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class ListenerOnIoUring : ListenerTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class ListenerOnPoll : ListenerTests<PollHub>;

/// <summary>On select.</summary>
public sealed class ListenerOnSelect : ListenerTests<SelectHub>;

/// <summary>On a backend that reports once.</summary>
public sealed class ListenerOnOneShot : ListenerTests<OneShotHub>;
