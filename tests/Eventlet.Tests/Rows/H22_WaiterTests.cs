using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>Row H22: who may wait for a descriptor, and what becomes of the waiters of one that is bad.</summary>
public abstract class H22_WaiterTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private protected Fds Open { get; } = new();

    protected override void Dispose(bool disposing)
    {
        Open.Dispose();
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SecondWaiterOfADirection_IsRefusedWithAdvice_AndTheFirstGoesOn(bool write) => OnHub(async () =>
    {
        (int a, int b) = Open.SocketPair();
        if (write)
        {
            Fds.Fill(a);
        }

        GreenThread first = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, !write, write));
        await GreenThread.SleepAsync();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await Hubs.TrampolineAsync(a, !write, write));
        Assert.Contains(write ? "second simultaneous write on" : "second simultaneous read on", refused.Message, StringComparison.Ordinal);
        Assert.Contains("PreventMultipleReaders", refused.Message, StringComparison.Ordinal);
        Assert.Contains("pool", refused.Message, StringComparison.Ordinal);
        Assert.False(first.IsDead);
        HubStatistics statistics = Hubs.GetHub().Statistics;
        Assert.Equal((write ? 0 : 1, write ? 1 : 0), (statistics.Readers, statistics.Writers));
        if (write)
        {
            while (Fds.Read(b, 65536) > 0)
            {
            }
        }
        else
        {
            Fds.Write(b);
        }

        await first;
    });

    [Fact]
    public void SecondReader_FromOutsideTheHub_IsRefusedToo() => OnOwner(() =>
    {
        (int reader, int writer) = Open.Pipe();
        Task first = Hubs.TrampolineAsync(reader, read: true).AsTask();
        Assert.Throws<InvalidOperationException>(() => Hubs.Trampoline(reader, read: true));
        Fds.Write(writer);
        first.GetAwaiter().GetResult();
    });

    [Fact]
    public void OneReaderAndOneWriter_OfOneDescriptor_AreFine_AndEachIsWokenByItsOwn() => OnHub(async () =>
    {
        (int a, int b) = Open.SocketPair();
        Fds.Fill(a);
        GreenThread reader = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, read: true));
        GreenThread writer = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, write: true));
        await Turns.PassAsync();
        Fds.Write(b);
        await reader;
        await Turns.PassAsync();
        Assert.False(writer.IsDead);
        reader = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, read: true));
        Fds.Read(a);
        while (Fds.Read(b, 65536) > 0)
        {
        }

        await writer;
        Fds.Write(b);
        await reader;
    });

    [Fact]
    public void SeveralReaders_WhereAllowed_AreServedInOrder_EachOnItsOwnEvent() => OnHub(async () =>
    {
        Hubs.GetHub().Debug.PreventMultipleReaders = false;
        (int reader, int writer) = Open.Pipe();
        var order = new List<int>();
        GreenThread[] waiters = [.. Enumerable.Range(0, 4).Select(i => GreenThread.Spawn(async () =>
        {
            await Hubs.TrampolineAsync(reader, read: true);
            Assert.Equal(1, Fds.Read(reader, 1));
            order.Add(i);
        }))];
        await Turns.PassAsync();
        Assert.Equal(4, Hubs.GetHub().Statistics.Readers);
        Fds.Write(writer, 4);
        foreach (GreenThread waiter in waiters)
        {
            await waiter;
        }

        Assert.Equal([0, 1, 2, 3], order);
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void OneOfSeveralReaders_ThatTimesOut_LeavesTheOthers(int timesOut) => OnHub(async () =>
    {
        Hubs.GetHub().Debug.PreventMultipleReaders = false;
        (int reader, int writer) = Open.Pipe();
        var order = new List<int>();
        GreenThread[] waiters = [.. Enumerable.Range(0, 3).Select(i => GreenThread.Spawn(async () =>
        {
            await Hubs.TrampolineAsync(reader, read: true, timeout: i == timesOut ? TimeSpan.Zero : null);
            Assert.Equal(1, Fds.Read(reader, 1));
            order.Add(i);
        }))];
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await waiters[timesOut]);
        Assert.Equal(2, Hubs.GetHub().Statistics.Readers);
        Fds.Write(writer, 2);
        foreach (GreenThread waiter in waiters.Where((_, i) => i != timesOut))
        {
            await waiter;
        }

        Assert.Equal(Enumerable.Range(0, 3).Where(i => i != timesOut), order);
    });

    [Fact]
    public void NegativeDescriptor_IsAnErrorAtOnce_TwiceInARow()
    {
        OnOwner(() =>
        {
            for (int i = 0; i < 2; i++)
            {
                Assert.ThrowsAny<ArgumentException>(() => Hubs.Trampoline(-1, read: true));
            }

            Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
        });
        OnHub(async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Hubs.TrampolineAsync(-1, write: true));
            }

            Assert.Equal(0, Hubs.GetHub().Statistics.Writers);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ClosedDescriptor_IsAnErrorAtOnce_TwiceInARow_AndLeavesNothing(bool write)
    {
        (int reader, _) = Open.Pipe();
        int closed = Open.MoveHigh(reader);
        Open.Close(closed);
        OnOwner(() =>
        {
            for (int i = 0; i < 2; i++)
            {
                Assert.Throws<IOClosedException>(() => Hubs.Trampoline(closed, !write, write));
            }
        });
        OnHub(async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                await Assert.ThrowsAsync<IOClosedException>(async () => await Hubs.TrampolineAsync(closed, !write, write));
            }

            HubStatistics statistics = Hubs.GetHub().Statistics;
            Assert.Equal((0, 0, 0), (statistics.Readers, statistics.Writers, statistics.Timers));

            // The number is somebody's later on: nothing stands in its way.
            int anew = Open.MoveHigh(Open.Eventfd(1), closed);
            await Hubs.TrampolineAsync(anew, read: true);
        });
    }

    [Fact]
    public void ClosedDescriptor_WithATimeOut_IsTheErrorAndNotTheTimeOut() => OnHub(async () =>
    {
        int closed = Open.MoveHigh(Open.Eventfd());
        Open.Close(closed);
        await Assert.ThrowsAsync<IOClosedException>(async () => await Hubs.TrampolineAsync(closed, read: true, timeout: TimeSpan.Zero));
        Assert.Equal(0, Hubs.GetHub().Statistics.Timers);
    });

    [Fact]
    public void Waiter_KilledByAnotherHandlerOfTheSameBatch_IsNotResumedByItsEvent() => OnHub(async () =>
    {
        // Both descriptors are ready in one batch; whoever is resumed first kills the other, and that one then waits again.
        (int one, int oneWriter) = Open.Pipe();
        (int two, int twoWriter) = Open.Pipe();
        (int later, int laterWriter) = Open.Pipe();
        var waiters = new GreenThread[2];
        int resumed = 0;
        int killed = 0;
        async Task WaitAsync(int fd, int self)
        {
            try
            {
                await Hubs.TrampolineAsync(fd, read: true);
                resumed++;
                waiters[1 - self].Kill();
            }
            catch (GreenletExit)
            {
                killed++;
                await Hubs.TrampolineAsync(later, read: true);
                Assert.Equal(8, Fds.Read(later));
            }

            await GreenThread.SleepAsync();
        }

        waiters[0] = GreenThread.Spawn(() => WaitAsync(one, 0));
        waiters[1] = GreenThread.Spawn(() => WaitAsync(two, 1));
        await Turns.PassAsync();
        Fds.Write(oneWriter);
        Fds.Write(twoWriter);
        await Turns.PassAsync();
        Assert.InRange(resumed, 1, 2);
        Fds.Write(laterWriter);
        foreach (GreenThread waiter in waiters)
        {
            await waiter;
        }

        // The second had its result already: it keeps it, and the kill comes at its next wait.
        Assert.Equal((2, 0), (resumed, killed));
    });

    [Fact]
    public void Waiter_EndedBeforeItsEventIsDispatched_IsNotResumedByIt() => OnHub(async () =>
    {
        (int reader, int writer) = Open.Pipe();
        (int other, int otherWriter) = Open.Pipe();
        int ends = 0;
        GreenThread waiter = GreenThread.Spawn(async () =>
        {
            await Assert.ThrowsAsync<FormatException>(async () => await Hubs.TrampolineAsync(reader, read: true));
            ends++;
            await Hubs.TrampolineAsync(other, read: true);
            ends++;
        });
        await Turns.PassAsync();
        Fds.Write(writer);
        waiter.Throw(new FormatException());
        await Turns.PassAsync();
        Assert.Equal(1, ends);
        Fds.Write(otherWriter);
        await waiter;
    });
}

public sealed class H22_WaiterOnEpoll : H22_WaiterTests<EpollHub>;

public sealed class H22_WaiterOnIoUring : H22_WaiterTests<IoUringHub>;

public sealed class H22_WaiterOnPoll : H22_WaiterTests<PollHub>;

public sealed class H22_WaiterOnSelect : H22_WaiterTests<SelectHub>;

/// <summary>On a backend that reports once.</summary>
public sealed class H22_WaiterOnOneShot : H22_WaiterTests<OneShotHub>;
