using System.Threading.Channels;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Synchronization;

public abstract class GreenQueueTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void Put_BeforeOrAfterTheGet_ArrivesOnce() => OnGreen(async () =>
    {
        var queue = new GreenQueue<string>();
        await queue.PutAsync("first");
        Assert.Equal("first", await queue.GetAsync());
        GreenThread<string> getter = GreenThread.Spawn(async () => await queue.GetAsync());
        await TurnAsync();
        Assert.Equal(1, queue.Getting);
        await queue.PutAsync("second");
        Assert.Equal("second", await getter);
        Assert.True(queue is { IsEmpty: true, Getting: 0 });
    });

    [Fact]
    public void Bounded_WhenFull_PutsWaitInTheirOrder() => OnGreen(async () =>
    {
        var queue = new GreenQueue<int>(2);
        GreenThread[] putters = [.. Enumerable.Range(0, 5).Select(i => GreenThread.Spawn(async () => await queue.PutAsync(i)))];
        await TurnAsync();
        Assert.True(queue is { IsFull: true, Count: 2, Putting: 3 });
        Assert.False(queue.TryPut(9));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(i, await queue.GetAsync());
        }

        foreach (GreenThread putter in putters)
        {
            await putter;
        }
    });

    [Fact]
    public void Channel_PutEndsWhenSomebodyTakesTheItem() => OnGreen(async () =>
    {
        var channel = new GreenQueue<int>(0);
        Assert.True(channel is { IsEmpty: true, IsFull: true });
        Assert.False(channel.TryPut(0));
        Assert.False(channel.TryGet(out _));
        GreenThread putter = GreenThread.Spawn(async () => await channel.PutAsync(1));
        await TurnAsync();
        Assert.False(putter.IsDead);
        Assert.True(channel.TryGet(out int taken));
        Assert.Equal(1, taken);
        await putter;
        GreenThread<int> getter = GreenThread.Spawn(async () => await channel.GetAsync());
        await TurnAsync();
        Assert.True(channel.TryPut(2));
        Assert.Equal(2, await getter);
    });

    [Fact]
    public void Channel_ManyOnBothSides_AreAllServedInOrder() => OnGreen(async () =>
    {
        var channel = new GreenQueue<int>(0);
        var taken = new List<int>();
        GreenThread[] all =
        [
            .. Enumerable.Range(0, 3).Select(_ => GreenThread.Spawn(async () => taken.Add(await channel.GetAsync()))),
            .. Enumerable.Range(0, 3).Select(i => GreenThread.Spawn(async () => await channel.PutAsync(i))),
        ];
        foreach (GreenThread green in all)
        {
            await green;
        }

        Assert.Equal([0, 1, 2], taken);
    });

    [Fact]
    public void Channel_NonBlockingPuts_ReachTheLivingInOrder_WhenHalfOfTheGettersWereKilled() => OnGreen(async () =>
    {
        var channel = new GreenQueue<int>(0);
        var taken = new List<string>();
        GreenThread[] getters = [.. Enumerable.Range(0, 10).Select(i => GreenThread.Spawn(async () => taken.Add($"{i}:{await channel.GetAsync()}")))];
        await TurnAsync();
        for (int i = 0; i < 10; i += 2)
        {
            getters[i].Kill();
        }

        for (int i = 0; i < 5; i++)
        {
            Assert.True(channel.TryPut(i));
        }

        Assert.False(channel.TryPut(5));
        await TurnAsync();
        Assert.Equal(["1:0", "3:1", "5:2", "7:3", "9:4"], taken);
    });

    [Fact]
    public void TimedPutAndGet_OverInTime_LeaveNothingBehind() => OnClock(async () =>
    {
        var queue = new GreenQueue<int>(1);
        GreenThread getter = GreenThread.Spawn(async () => await queue.GetAsync(Seconds(1)));
        await AdvanceAsync(1);
        Assert.IsType<GreenTimeoutException>(await ErrorOf(getter));
        await queue.PutAsync(1);
        GreenThread putter = GreenThread.Spawn(async () => await queue.PutAsync(2, Seconds(1)));
        await AdvanceAsync(1);
        Assert.IsType<GreenTimeoutException>(await ErrorOf(putter));
        Assert.True(queue.TryGet(out _));
        Assert.False(queue.TryGet(out _));
        Assert.True(queue is { Getting: 0, Putting: 0 });
    });

    [Fact]
    public void Getter_ThatTimesOut_LosesNothingForTheOthers() => OnClock(async () =>
    {
        var queue = new GreenQueue<int>();
        GreenThread dying = GreenThread.Spawn(async () => await queue.GetAsync(Seconds(1)));
        GreenThread<int> living = GreenThread.Spawn(async () => await queue.GetAsync());
        await AdvanceAsync(1);
        queue.TryPut(1);
        queue.TryPut(2);
        Assert.Equal(1, await living);
        Assert.Equal(2, await queue.GetAsync());
        Assert.IsType<GreenTimeoutException>(await ErrorOf(dying));
    });

    [Fact]
    public void PutAndTimeOut_InOneTurn_NeitherLoseNorDoubleTheItem() => OnClock(async () =>
    {
        var queue = new GreenQueue<int>();
        GreenThread<int> getter = GreenThread.Spawn(async () => await queue.GetAsync(Seconds(1)));
        await TurnAsync();
        Clock.Advance(Seconds(1));
        queue.TryPut(1);
        Exception? error = await ErrorOf(getter);
        Assert.Null(error);
        Assert.True(queue.IsEmpty);
    });

    [Fact]
    public void Resize_Larger_AdmitsThoseWhoWait_AndSmallerKeepsTheItems() => OnGreen(async () =>
    {
        var queue = new GreenQueue<int>(1);
        GreenThread[] putters = [.. Enumerable.Range(0, 4).Select(i => GreenThread.Spawn(async () => await queue.PutAsync(i)))];
        await TurnAsync();
        queue.Resize(3);
        Assert.True(queue is { Count: 3, Putting: 1 });
        queue.Resize(null);
        Assert.True(queue is { Count: 4, Putting: 0, MaxSize: null, IsFull: false });
        queue.Resize(0);
        Assert.Equal(4, queue.Count);
        for (int i = 0; i < 4; i++)
        {
            Assert.False(queue.TryPut(9));
            Assert.Equal(i, await queue.GetAsync());
        }

        foreach (GreenThread putter in putters)
        {
            await putter;
        }
    });

    [Fact]
    public void PriorityQueue_GivesTheLowestFirst_AndOfEqualsTheFirst() => OnGreen(async () =>
    {
        var queue = new GreenPriorityQueue<(int Rank, string Name)>(comparer: Comparer<(int Rank, string Name)>.Create((x, y) => x.Rank.CompareTo(y.Rank)));
        foreach ((int, string) item in new[] { (2, "c"), (1, "a"), (2, "d"), (1, "b") })
        {
            await queue.PutAsync(item);
        }

        string order = "";
        while (queue.TryGet(out (int Rank, string Name) item))
        {
            order += item.Name;
        }

        Assert.Equal("abcd", order);
    });

    [Fact]
    public void PriorityQueue_WhoseComparerFails_FailsTheCall_NotTheQueue() => OnGreen(async () =>
    {
        var queue = new GreenPriorityQueue<int>(comparer: Comparer<int>.Create((x, y) => x == 13 || y == 13 ? throw new FormatException() : x.CompareTo(y)));
        await queue.PutAsync(2);
        await Assert.ThrowsAsync<FormatException>(async () => await queue.PutAsync(13));
        queue.TaskDone();
        Assert.Throws<InvalidOperationException>(queue.TaskDone);
    });

    [Fact]
    public void LifoQueue_GivesTheNewestFirst() => OnGreen(async () =>
    {
        var queue = new GreenLifoQueue<int>(2);
        await queue.PutAsync(1);
        await queue.PutAsync(2);
        GreenThread third = GreenThread.Spawn(async () => await queue.PutAsync(3));
        await TurnAsync();
        Assert.Equal(2, await queue.GetAsync());
        Assert.Equal(3, await queue.GetAsync());
        Assert.Equal(1, await queue.GetAsync());
        await third;
    });

    [Fact]
    public void Join_EndsWhenEveryItemWasReported() => OnGreen(async () =>
    {
        var queue = new GreenQueue<int>();
        await queue.JoinAsync();
        queue.TryPut(1);
        queue.TryPut(2);
        GreenThread joiner = GreenThread.Spawn(async () => await queue.JoinAsync());
        await queue.GetAsync();
        queue.TaskDone();
        await queue.GetAsync();
        await TurnAsync();
        Assert.False(joiner.IsDead);
        Assert.Equal(1, queue.UnfinishedTasks);
        queue.TaskDone();
        await joiner;
        Assert.Throws<InvalidOperationException>(queue.TaskDone);
    });

    [Fact]
    public void NonBlockingForms_InTimerCallbacks_WorkOnAChannel() => OnGreen(async () =>
    {
        var channel = new GreenQueue<int>(0);
        var seen = new List<string>();
        Hub hub = GreenThread.Current!.Hub;
        GreenThread putter = GreenThread.Spawn(async () => await channel.PutAsync(1));
        await TurnAsync();
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => seen.Add($"{channel.TryGet(out int item)} {item}"));
        await putter;
        GreenThread<int> getter = GreenThread.Spawn(async () => await channel.GetAsync());
        await TurnAsync();
        hub.ScheduleCallGlobal(TimeSpan.Zero, () => seen.Add($"{channel.TryPut(2)}"));
        Assert.Equal(2, await getter);
        Assert.Equal(["True 1", "True"], seen);
    });

    [Fact]
    public void Enumeration_YieldsWhatIsPut_AndEndsWithTheQueue() => OnGreen(async () =>
    {
        var queue = new GreenQueue<int>(2);
        var seen = new List<int>();
        GreenThread reader = GreenThread.Spawn(async () =>
        {
            await foreach (int item in queue)
            {
                seen.Add(item);
            }
        });
        for (int i = 0; i < 10; i++)
        {
            await queue.PutAsync(i);
        }

        queue.Close();
        await reader;
        Assert.Equal(Enumerable.Range(0, 10), seen);
        Assert.True(queue.IsClosed);
        Assert.False(queue.TryPut(1));
        await Assert.ThrowsAsync<ChannelClosedException>(async () => await queue.PutAsync(1));
        await Assert.ThrowsAsync<ChannelClosedException>(async () => await queue.GetAsync());
    });

    [Fact]
    public void Close_WithAReason_FailsWhoWaits_AndLeavesTheItems() => OnGreen(async () =>
    {
        var queue = new GreenQueue<int>(1);
        queue.TryPut(1);
        GreenThread putter = GreenThread.Spawn(async () => await queue.PutAsync(2));
        await TurnAsync();
        queue.Close(new FormatException());
        Assert.IsType<FormatException>((await ErrorOf(putter))!.InnerException);
        var seen = new List<int>();
        ChannelClosedException error = await Assert.ThrowsAsync<ChannelClosedException>(async () =>
        {
            await foreach (int item in queue)
            {
                seen.Add(item);
            }
        });
        Assert.IsType<FormatException>(error.InnerException);
        Assert.Equal([1], seen);
    });

    [Fact]
    public void BlockingForms_InMain_RunTheHubMeanwhile() => OnMain(() =>
    {
        var channel = new GreenQueue<int>(0);
        var queue = new GreenQueue<int>(1);
        GreenThread partner = GreenThread.Spawn(async () =>
        {
            int item = await channel.GetAsync();
            Assert.Throws<InvalidOperationException>(() => queue.Get());
            Assert.Throws<InvalidOperationException>(() => queue.Put(1));
            await queue.PutAsync(item + 1);
            queue.TaskDone();
        });
        channel.Put(1);
        queue.Join();
        Assert.Equal(2, queue.Get());
        Assert.Throws<GreenTimeoutException>(() => queue.Get(TimeSpan.FromTicks(1)));
        partner.Wait();
    });
}

public sealed class GreenQueueOnEpoll : GreenQueueTests<EpollHub>;
public sealed class GreenQueueOnPoll : GreenQueueTests<PollHub>;
public sealed class GreenQueueOnSelect : GreenQueueTests<SelectHub>;
