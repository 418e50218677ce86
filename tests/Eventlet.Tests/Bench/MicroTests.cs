using Eventlet.Bench.Micro;

namespace Eventlet.Tests.Bench;

/// <summary>What bench/Micro measures does what it says, in small numbers.</summary>
public sealed class MicroTests
{
    public static TheoryData<string> Names => [.. Operation.All.Select(static operation => operation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Operation_OnAHubAndOnThePool_Ends(string name)
    {
        Operation operation = Operation.All.Single(o => o.Name == name);
        await using Hub hub = Hub.Start();
        await hub.InvokeAsync(() => operation.OnHub(2000)).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await operation.OnPool(2000).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(0, hub.Statistics.Timers);
    }

    [Fact]
    public async Task TimersAndIdleGreenThreads_AreCounted_AndNothingStays()
    {
        await using Hub hub = Hub.Start();
        TimerRun run = TimerRun.OnHub(hub, 1000);
        Assert.True(run.AddNs > 0 && run.CancelNs > 0 && run.FireNs > 0, run.ToString());
        Assert.InRange(IdleMemory.OnEvent(hub, 5000), 50, 5000);
        Assert.InRange(IdleMemory.OnTimer(hub, 5000), 50, 5000);
        Assert.InRange(IdleMemory.OfTasks(5000), 50, 5000);
        (int timers, int greenThreads) = await hub.InvokeAsync(static async () =>
        {
            await GreenThread.SleepAsync();
            HubStatistics now = Hubs.GetHub().Statistics;
            return (now.Timers, now.GreenThreads);
        });
        Assert.Equal((0, 1), (timers, greenThreads));
    }
}
