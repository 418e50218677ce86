using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Synchronization;

public abstract class GreenEventTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Send_WhileManyWait_ResumesAllInTheirOrder_AlsoIfOneRaises() => OnGreen(async () =>
    {
        var told = new GreenEvent<int>();
        var order = new List<int>();
        GreenThread[] waiters = [.. Enumerable.Range(0, 5).Select(i => GreenThread.Spawn(async () =>
        {
            order.Add(await told.WaitAsync() * 10 + i);
            throw new FormatException();
        }))];
        await TurnAsync();
        Assert.Equal(5, told.Waiting);
        told.Send(7);
        Assert.Empty(order);
        foreach (GreenThread waiter in waiters)
        {
            Assert.IsType<FormatException>(await ErrorOf(waiter));
        }

        Assert.Equal([70, 71, 72, 73, 74], order);
        Assert.Equal(0, told.Waiting);
    });

    [Fact]
    public void Wait_AfterTheSend_HasTheValueAtOnce() => OnGreen(async () =>
    {
        var told = new GreenEvent<string>();
        told.Send("hello");
        ValueTask<string> late = told.WaitAsync();
        Assert.True(late.IsCompletedSuccessfully);
        Assert.Equal("hello", await late);
        Assert.True(told is { Ready: true, HasResult: true, HasException: false });
    });

    [Fact]
    public void Send_ASecondTime_IsRefused_AndTheValueStays() => OnGreen(async () =>
    {
        var told = new GreenEvent<int>();
        Assert.Throws<InvalidOperationException>(told.Reset);
        told.Send(1);
        Assert.Throws<InvalidOperationException>(() => told.Send(2));
        Assert.Throws<InvalidOperationException>(() => told.SendException(new FormatException()));
        Assert.Equal(1, await told.WaitAsync());
        told.Reset();
        Assert.False(told.Ready);
        told.Send(3);
        Assert.Equal(3, await told.WaitAsync());
    });

    [Fact]
    public void SendException_RaisesTheSameObjectInEachWaiter_AndAfterAResetTheEventIsFresh() => OnClock(async () =>
    {
        var told = new GreenEvent<int>();
        var sent = new FormatException();
        GreenThread<int> early = GreenThread.Spawn(async () => await told.WaitAsync());
        await TurnAsync();
        told.SendException(sent);
        Assert.Same(sent, await ErrorOf(early));
        Assert.Same(sent, await ErrorOf(async () => await told.WaitAsync()));
        Assert.Same(sent, Assert.Throws<FormatException>(() => told.TryGet(out _)));
        told.Reset();
        GreenThread<int> again = GreenThread.Spawn(async () => await told.WaitAsync(Seconds(1), -1));
        await AdvanceAsync(1);
        Assert.Equal(-1, await again);
    });

    [Fact]
    public void Reset_AfterTheSend_LeavesThoseWhoWereResumedTheirValue() => OnGreen(async () =>
    {
        var told = new GreenEvent<int>();
        GreenThread<int> waiter = GreenThread.Spawn(async () => await told.WaitAsync());
        await TurnAsync();
        told.Send(1);
        told.Reset();
        told.Send(2);
        Assert.Equal(1, await waiter);
    });

    [Fact]
    public void WaitWithATimeout_IsNoError_AndConsumesNothing() => OnClock(async () =>
    {
        var told = new GreenEvent<int>();
        GreenThread<int> brief = GreenThread.Spawn(async () => await told.WaitAsync(Seconds(1)));
        GreenThread<int> patient = GreenThread.Spawn(async () => await told.WaitAsync(Seconds(3)));
        await AdvanceAsync(1);
        Assert.True(brief.IsDead);
        Assert.Equal(0, await brief);
        Assert.Equal(1, told.Waiting);
        told.Send(5);
        Assert.Equal(5, await patient);
    });

    [Fact]
    public void Waiter_InterruptedByAScope_GetsNothingMeantForALaterWait() => OnClock(async () =>
    {
        var first = new GreenEvent<int>();
        var second = new GreenEvent<int>();
        GreenThread<int> waiter = GreenThread.Spawn(async () =>
        {
            using (var limit = new GreenTimeout(Seconds(1)))
            {
                GreenTimeoutException error = await Assert.ThrowsAsync<GreenTimeoutException>(async () => await first.WaitAsync(Seconds(2)));
                Assert.True(limit.Caught(error));
            }

            return await second.WaitAsync();
        });
        await AdvanceAsync(1);
        Assert.Equal(0, first.Waiting);
        first.Send(1);
        await AdvanceAsync(5);
        Assert.False(waiter.IsDead);
        second.Send(2);
        Assert.Equal(2, await waiter);
    });

    [Fact]
    public void Waiters_ThatAreKilledOrCancelled_LeaveTheLine() => OnGreen(async () =>
    {
        var told = new GreenEvent<int>();
        using var source = new CancellationTokenSource();
        GreenThread killed = GreenThread.Spawn(async () => await told.WaitAsync());
        GreenThread cancelled = GreenThread.Spawn(async () => await told.WaitAsync(source.Token));
        await TurnAsync();
        Assert.Equal(2, told.Waiting);
        killed.Kill();
        await source.CancelAsync();
        await TurnAsync();
        Assert.Equal(0, told.Waiting);
        Assert.IsType<GreenletExit>(await ErrorOf(killed));
        var error = Assert.IsType<OperationCanceledException>(await ErrorOf(cancelled));
        Assert.Equal(source.Token, error.CancellationToken);
    });

    [Fact]
    public void Kill_AfterTheSend_LeavesTheValue_AndComesAtTheNextWait() => OnGreen(async () =>
    {
        var told = new GreenEvent<int>();
        int seen = 0;
        GreenThread waiter = GreenThread.Spawn(async () =>
        {
            seen = await told.WaitAsync();
            await GreenThread.SleepAsync();
            seen = -1;
        });
        await TurnAsync();
        told.Send(9);
        waiter.Kill();
        await waiter;
        Assert.True(waiter.WasKilled);
        Assert.Equal(9, seen);
    });

    [Fact]
    public void Wait_InMain_BlocksUntilAGreenthreadSends_AndIsRefusedInside() => OnMain(() =>
    {
        var told = new GreenEvent<int>();
        var never = new GreenEvent<int>();
        GreenThread sender = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            Assert.Throws<InvalidOperationException>(() => told.Wait());
            told.Send(4);
        });
        Assert.Equal(4, told.Wait());
        Assert.Equal(4, told.Wait());
        Assert.Equal(-1, never.Wait(TimeSpan.FromTicks(1), -1));
        sender.Wait();
    });
}

public sealed class GreenEventOnEpoll : GreenEventTests<EpollHub>;
public sealed class GreenEventOnPoll : GreenEventTests<PollHub>;
public sealed class GreenEventOnSelect : GreenEventTests<SelectHub>;
