using Eventlet.Tests.Support;

namespace Eventlet.Tests.Processes;

/// <summary>What SIGINT, SIGTERM, SIGSTOP and SIGCONT do to a process whose hub sleeps, and what its children inherit.</summary>
public abstract class SignalTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    // As a shell reports a process that a signal has ended: 128 and its number.
    private const int Interrupted = 130;
    private const int Terminated = 143;

    [Theory]
    [InlineData("main", "INT", Interrupted)]
    [InlineData("main", "TERM", Terminated)]
    [InlineData("async-main", "INT", Interrupted)]
    [InlineData("async-main", "TERM", Terminated)]
    [InlineData("run", "INT", Interrupted)]
    [InlineData("run", "TERM", Terminated)]
    [InlineData("cancel-no-more", "TERM", Terminated)]
    [InlineData("cancel-disposed", "INT", Interrupted)]
    public async Task Signal_WhileTheHubSleeps_EndsTheProcess(string program, string signal, int exitCode)
    {
        using ChildProcess child = Start(program);
        await child.LineAsync("asleep");
        await child.SignalAsync(signal);
        Assert.Empty((await child.EndAsync()).Expect(exitCode).Error);
    }

    [Theory]
    [InlineData("cancel-main", "INT")]
    [InlineData("cancel-main", "TERM")]
    [InlineData("cancel-run", "INT")]
    [InlineData("cancel-run", "TERM")]
    [InlineData("cancel-async-main", "INT")]
    [InlineData("cancel-async-main", "TERM")]
    [InlineData("cancel-started", "INT")]
    [InlineData("cancel-started", "TERM")]
    public async Task CancelOnSignals_CancelsTheWaitForTheHub_AndCleanUpRuns(string program, string signal)
    {
        using ChildProcess child = Start(program);
        await child.LineAsync("asleep");
        await child.SignalAsync(signal);
        ChildResult result = (await child.EndAsync()).Expect();
        Assert.Equal("asleep\ncleaned up\n", result.Output);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task CancelOnSignals_WhileNobodyWaits_CancelsTheNextWaitOnly()
    {
        using ChildProcess child = Start("cancel-later");
        await child.LineAsync("asleep");
        await child.SignalAsync("TERM");
        await child.LineAsync("signalled");
        child.WriteLine("go on");
        Assert.EndsWith("cleaned up\n", (await child.EndAsync()).Expect().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", "INT", Interrupted)]
    [InlineData("INT", "TERM", Terminated)]
    public async Task CancelOnSignals_TheSecond_EndsTheProcess(string first, string second, int exitCode)
    {
        using ChildProcess child = Start("cancel-twice");
        await child.LineAsync("asleep");
        await child.SignalAsync(first);
        await child.LineAsync("cleaning up and asleep");
        await child.SignalAsync(second);
        (await child.EndAsync()).Expect(exitCode);
    }

    [Fact]
    public async Task StopAndContinue_DuringAWait_LosesNoTimeout()
    {
        using ChildProcess child = Start("stopped");
        await child.LineAsync("asleep");
        await child.SignalAsync("STOP");
        await StateAsync(child, 'T');
        await child.SignalAsync("CONT");
        Assert.Equal("asleep\ntimed out\n", (await child.EndAsync()).Expect().Output);
    }

    [Fact]
    public async Task Stop_WhileAThousandTimeoutsFallDue_LosesNone_AndKeepsTheirOrder()
    {
        using ChildProcess child = Start("stopped-many");
        Assert.Equal("asleep, 0 over", await child.LineAsync("asleep"));
        await child.SignalAsync("STOP");
        await StateAsync(child, 'T');

        // Longer than the last of them takes.
        await Task.Delay(800, TestContext.Current.CancellationToken);
        await child.SignalAsync("CONT");
        ChildResult result = (await child.EndAsync()).Expect();
        Assert.EndsWith("timed out\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task ChildProcess_OfAProcessWithABusyHub_InheritsNoDescriptorOfIt()
    {
        using ChildProcess child = Start("child");
        string[] lines = (await child.EndAsync()).Expect().Output.Split('\n');
        string own = lines.Single(line => line.StartsWith("own ", StringComparison.Ordinal));
        string inherited = lines.Single(line => line.StartsWith("inherited ", StringComparison.Ordinal));

        // The parent has them, and the child's list is one: its pipe to the parent is in it.
        Assert.Contains("anon_inode:[eventfd]", own, StringComparison.Ordinal);
        Assert.True(own.Split("socket:[").Length > 3, own);
        Assert.Contains("pipe:[", inherited, StringComparison.Ordinal);
        Assert.DoesNotContain("anon_inode", inherited, StringComparison.Ordinal);
        Assert.DoesNotContain("socket:[", inherited, StringComparison.Ordinal);
        string[] raw = [.. lines.Where(line => line.StartsWith("raw ", StringComparison.Ordinal))];
        Assert.True(raw.Length >= 3, "standard input, output and error at least");
        Assert.DoesNotContain(raw, line => line.Contains("anon_inode", StringComparison.Ordinal) || line.Contains("socket:[", StringComparison.Ordinal));
    }

    private static ChildProcess Start(string program) =>
        ChildProcess.StartProject("Eventlet.Scenarios", $"signals {program}", new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName });

    /// <summary>Waits until the kernel says that the process is in this state.</summary>
    private static async Task StateAsync(ChildProcess child, char state)
    {
        // The state follows the name, which is in parentheses.
        while (File.ReadAllText($"/proc/{child.Id}/stat") is var stat && stat[stat.LastIndexOf(')') + 2] != state)
        {
            await Task.Yield();
        }
    }
}

/// <inheritdoc/>
public sealed class SignalsOnEpoll : SignalTests<EpollHub>;

/// <inheritdoc/>
public sealed class SignalsOnIoUring : SignalTests<IoUringHub>;

/// <inheritdoc/>
public sealed class SignalsOnPoll : SignalTests<PollHub>;

/// <inheritdoc/>
public sealed class SignalsOnSelect : SignalTests<SelectHub>;
