using Eventlet.Tests.Support;

namespace Eventlet.Tests.Model;

/// <summary>Tasks on a hub: callbacks on its thread, in order, whoever queues them.</summary>
public abstract class TaskSchedulerTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Tasks_OfOtherThreads_RunOnTheHubsThread_InOrder_AsCallbacks()
    {
        const int Count = 1000;
        using Hub hub = Hub.Start(THub.HubName);
        var ran = new List<int>();
        Task[] tasks = [.. Enumerable.Range(0, Count).Select(i => Task.Factory.StartNew(() =>
        {
            Assert.True(hub.IsCurrent);
            Assert.Null(GreenThread.Current);
            Assert.Same(hub.TaskScheduler, TaskScheduler.Current);
            ran.Add(i);
        }, CancellationToken.None, TaskCreationOptions.None, hub.TaskScheduler))];
        Task.WaitAll(tasks, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, Count), ran);
    }

    [Fact]
    public void AsyncDelegate_AfterEachAwait_IsBackOnTheHub() => OnHub(async () =>
    {
        Hub hub = Hubs.GetHub();
        await Task.Factory.StartNew(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                await Task.Yield();
                Assert.True(hub.IsCurrent);
                await Task.Run(() => { });
                Assert.True(hub.IsCurrent);
                await GreenThread.SleepAsync();
                Assert.True(hub.IsCurrent);
                Assert.Null(GreenThread.Current);
            }
        }, CancellationToken.None, TaskCreationOptions.None, hub.TaskScheduler).Unwrap();
        Task continuation = Task.Run(() => { }).ContinueWith(_ => Assert.True(hub.IsCurrent), hub.TaskScheduler);
        await continuation;
    });

    [Fact]
    public void Queueing_OnAHubThatNobodyRuns_LaunchesIt() => OnOwner(() =>
    {
        Hub hub = Hubs.GetHub();
        Thread owner = Thread.CurrentThread;
        Assert.False(hub.IsRunning);
        Thread ran = Task.Factory.StartNew(() => Thread.CurrentThread, CancellationToken.None, TaskCreationOptions.None, hub.TaskScheduler).GetAwaiter().GetResult();
        Assert.NotSame(owner, ran);
        Assert.True(hub.IsRunning);
    });

    [Fact]
    public void TaskThatIsWaitedFor_OnTheHubsThread_RunsWithinTheWait() => OnHub(() =>
    {
        Hub hub = Hubs.GetHub();
        bool ran = false;
        Task task = Task.Factory.StartNew(() => ran = hub.IsCurrent, CancellationToken.None, TaskCreationOptions.None, hub.TaskScheduler);
        Assert.False(ran);
        task.Wait();
        Assert.True(ran);
        return Task.CompletedTask;
    });

    [Fact]
    public void Error_OfATask_IsTheTasks_AndTheHubLives()
    {
        using Hub hub = Hub.Start(THub.HubName);
        Task bad = Task.Factory.StartNew(() => throw new FormatException(), CancellationToken.None, TaskCreationOptions.None, hub.TaskScheduler);
        Assert.Throws<FormatException>(() => bad.GetAwaiter().GetResult());
        Assert.True(hub.IsRunning);
    }

    [Fact]
    public void Queueing_OnADroppedHub_Throws()
    {
        Hub hub = Hub.Start(THub.HubName);
        hub.Dispose();
        var refused = Assert.Throws<TaskSchedulerException>(() =>
        {
            _ = Task.Factory.StartNew(() => { }, CancellationToken.None, TaskCreationOptions.None, hub.TaskScheduler);
        });
        Assert.IsType<HubException>(refused.InnerException);
    }
}

public sealed class TaskSchedulerOnEpoll : TaskSchedulerTests<EpollHub>;

public sealed class TaskSchedulerOnPoll : TaskSchedulerTests<PollHub>;

public sealed class TaskSchedulerOnSelect : TaskSchedulerTests<SelectHub>;
