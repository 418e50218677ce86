using Eventlet.Tests.Support;

namespace Eventlet.Tests.Processes;

/// <summary>Signals delivered on hubs, in processes of their own.</summary>
public abstract class GreenSignalTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData("order")]
    [InlineData("interrupted")]
    [InlineData("second-waiter")]
    [InlineData("disposed")]
    [InlineData("outside")]
    [InlineData("blocking")]
    [InlineData("no-loop-kept")]
    [InlineData("refused")]
    public async Task Signals_ToOneself(string scenario)
    {
        ChildResult result = await ChildProcess.RunAsync($"green-signals {scenario}", Environment);
        Assert.Empty(result.Expect().Error);
        Assert.Equal("done\n", result.Output);
    }

    [Fact]
    public async Task TermFromOutside_IsTaken_AndAfterDisposeEndsTheProcess()
    {
        using ChildProcess child = ChildProcess.Start("green-signals from-outside", Environment);
        await child.LineAsync("ready");
        await child.SignalAsync("TERM");
        await child.LineAsync("SIGTERM");
        await child.SignalAsync("USR1");
        await child.LineAsync("10");
        await child.SignalAsync("USR2");
        await child.LineAsync("given back");
        await child.SignalAsync("TERM");
        (await child.EndAsync()).Expect(128 + 15);
    }

    [Fact]
    public async Task CancelOnSignals_BesideGreenSignals_BothGetTheSignal_AndTheSecondEndsNothing()
    {
        using ChildProcess child = ChildProcess.StartProject("Eventlet.Scenarios", "green-signals beside-cancel", Environment);
        await child.LineAsync("ready");
        await child.SignalAsync("INT");
        await child.LineAsync("cancelled, and SIGINT");
        await child.SignalAsync("INT");
        (await child.EndAsync()).Expect();
        Assert.EndsWith("and SIGINT again\n", child.Output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Environment => new() { [Hubs.EnvironmentVariable] = THub.HubName };
}

/// <inheritdoc/>
public sealed class GreenSignalsOnEpoll : GreenSignalTests<EpollHub>;

/// <inheritdoc/>
public sealed class GreenSignalsOnPoll : GreenSignalTests<PollHub>;

/// <inheritdoc/>
public sealed class GreenSignalsOnSelect : GreenSignalTests<SelectHub>;
