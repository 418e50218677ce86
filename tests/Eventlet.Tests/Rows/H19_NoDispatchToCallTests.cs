using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H19: no dispatch() to call; a plain Main, blocking or async, works as it stands.</summary>
public abstract class H19_NoDispatchToCallTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public async Task PlainMain_BlockingCalls_RunGreenThreadsMeanwhile() => await RunAsync("plain-main blocking");

    [Theory]
    [InlineData("trampoline")]
    [InlineData("greenthread")]
    [InlineData("value")]
    [InlineData("nested")]
    [InlineData("foreign")]
    [InlineData("blocking")]
    public async Task AsyncMain_WhateverItAwaitsFirst_MeetsTheSameHubThroughout(string first) =>
        Assert.Equal(THub.HubName, (await RunAsync($"async-main {first}")).Output.Trim());

    [Fact]
    public async Task Owner_AfterTheMoveToTheBackground_SpawnsBlocksAndRuns() => await RunAsync("plain-main moved");

    private static async Task<ChildResult> RunAsync(string scenario) => (await ChildProcess.RunAsync(scenario,
        new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName })).Expect();
}

/// <summary>On epoll.</summary>
public sealed class H19_NoDispatchToCallOnEpoll : H19_NoDispatchToCallTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class H19_NoDispatchToCallOnIoUring : H19_NoDispatchToCallTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class H19_NoDispatchToCallOnPoll : H19_NoDispatchToCallTests<PollHub>;

/// <summary>On select.</summary>
public sealed class H19_NoDispatchToCallOnSelect : H19_NoDispatchToCallTests<SelectHub>;
