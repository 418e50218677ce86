using Eventlet.Tests.Support;

namespace Eventlet.Tests.Model;

/// <summary>Rule 4 of the model: thread-pool threads own no hub, they use the entry thread's. In processes of their own, for the entry thread.</summary>
public abstract class PoolThreadTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public async Task PoolThread_WhileTheEntryThreadRunsInPlace_HasAProcessWideHubOfTheSameKind() => await RunAsync("pool-in-place");

    [Theory]
    [InlineData("spawn")]
    [InlineData("after")]
    [InlineData("post")]
    [InlineData("block")]
    public async Task PoolThread_UsesTheEntryThreadsIdleHub_AndLaunchesIt(string how) => await RunAsync($"pool-idle {how}");

    [Fact]
    public async Task PoolThread_UseHubRunAbort_AreRefusedAndHubStartIsNamed() => await RunAsync("pool-refuses");

    [Fact]
    public async Task UseHub_OfAHubInTheBackground_StopsAndJoinsIt_AndThePoolMeetsTheNew() => await RunAsync("replaced");

    private static async Task RunAsync(string scenario) => (await ChildProcess.RunAsync($"plain-main {scenario}",
        new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName })).Expect();
}

/// <summary>On epoll.</summary>
public sealed class PoolThreadsOnEpoll : PoolThreadTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class PoolThreadsOnIoUring : PoolThreadTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class PoolThreadsOnPoll : PoolThreadTests<PollHub>;

/// <summary>On select.</summary>
public sealed class PoolThreadsOnSelect : PoolThreadTests<SelectHub>;
