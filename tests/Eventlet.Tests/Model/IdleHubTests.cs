using System.Globalization;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Model;

/// <summary>An idle hub sleeps in the kernel: it makes no system call until something happens, whatever is pending.</summary>
public abstract class IdleHubTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    /// <summary>How long it is watched decides only how slow a poll would be found out.</summary>
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(TimeLimit.LongRun ? 5 : 1);

    [Fact]
    public async Task Hub_WithAThousandWaits_MakesNoSystemCallUntilWoken()
    {
        using ChildProcess child = ChildProcess.Start("idle", new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName });
        await UntilAsync(() => child.Output.Contains('\n', StringComparison.Ordinal));
        int thread = int.Parse(child.Output.Trim(), CultureInfo.InvariantCulture);
        await UntilAsync(() => State(child.Id, thread) == 'S');

        using ChildProcess tracer = ChildProcess.StartProgram("strace", ["-p", $"{thread}", "-e", "signal=none"]);
        await UntilAsync(() => tracer.Error.Contains("attached", StringComparison.Ordinal));

        await Task.Delay(Watch, TestContext.Current.CancellationToken);
        child.WriteLine("wake up");
        await child.EndAsync();
        string[] calls = [.. (await tracer.EndAsync()).Error.Split('\n').Where(line => line.Contains('(', StringComparison.Ordinal))];

        // io_uring_enter counts what it was handed, which is nothing here.
        int woken = Array.FindIndex(calls, call => call.Contains(" = 1", StringComparison.Ordinal)
            || (call.StartsWith("io_uring_enter", StringComparison.Ordinal) && call.EndsWith(" = 0", StringComparison.Ordinal)));
        Assert.True(woken >= 0, string.Join('\n', calls));

        // Being traced interrupts the wait once; then it is begun again, on libevent by setting its timer.
        string[] idle = [.. calls[..woken].Where(call => !call.Contains("EINTR", StringComparison.Ordinal) && !call.Contains("ERESTART", StringComparison.Ordinal))];
        int timers = idle.Count(call => call.StartsWith("timerfd_settime", StringComparison.Ordinal));
        Assert.True(idle.Length == timers && timers <= (THub.HubName == "libevent" ? 1 : 0) && woken <= 1 + timers, string.Join('\n', calls[..(woken + 1)]));
    }

    private static char State(int process, int thread)
    {
        string stat = File.ReadAllText($"/proc/{process}/task/{thread}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class IdleHubOnEpoll : IdleHubTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class IdleHubOnIoUring : IdleHubTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class IdleHubOnPoll : IdleHubTests<PollHub>;

/// <summary>On select.</summary>
public sealed class IdleHubOnSelect : IdleHubTests<SelectHub>;
