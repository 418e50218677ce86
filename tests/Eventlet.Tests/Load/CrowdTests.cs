using System.Globalization;
using System.Text.RegularExpressions;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Load;

/// <summary>Many connections at once, the server and its clients in processes of their own.</summary>
public abstract partial class CrowdTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int LongLimit = 1_800_000;

    /// <summary>What a process holds beside its connections: files of the runtime, pipes, the hub's own.</summary>
    private const int OtherDescriptors = 200;

    /// <summary>
    /// What stays with a hub for each connection that it has once had: a wait in the pool, the record of the descriptor's number, a slot in tables
    /// and rings. They are used again by the next crowd.
    /// </summary>
    private const int PooledPerConnection = 1_024;

    /// <summary>Messages that a greenthread may serve in one turn: it is suspended after 64 operations that need not wait, and the last wait brings one more.</summary>
    private const int MessagesPerTurn = 33;

    /// <summary>How many connections the full size has.</summary>
    private protected virtual int Many => 10_000;

    /// <summary>How many the small one has.</summary>
    private protected virtual int Some => 1_000;

    [Fact]
    public Task Crowd_IsServedToTheLastByte_StarvesNobody_AndLeavesNothing() => ServeAsync(Some, 50, TestContext.Current.CancellationToken);

    [Fact(Explicit = true, Timeout = LongLimit)]
    public Task LargeCrowd_IsServedToTheLastByte_StarvesNobody_AndLeavesNothing() => ServeAsync(Many, 1_000, TestContext.Current.CancellationToken);

    [Fact]
    public Task SystemCallsPerMessage_WithManyWaiting_DoNotGrow() => CountCallsAsync(Some, TestContext.Current.CancellationToken);

    [Fact(Explicit = true, Timeout = LongLimit)]
    public Task SystemCallsPerMessage_WithVeryManyWaiting_DoNotGrow() => CountCallsAsync(Many, TestContext.Current.CancellationToken);

    private static async Task CountCallsAsync(int waiting, CancellationToken cancel)
    {
        const int Busy = 50, Messages = 40;
        waiting = WithinLimit(waiting);
        using ChildProcess server = Start("crowd-server 1");
        int thread = (int)Holdings.Of(await server.LineAsync("thread "))["thread"];
        using ChildProcess client = Start($"crowd-client {await TestClient.EndpointOfAsync(server)}");
        await TellAsync(client, $"open {Busy} 1", cancel);
        (long alone, long waits, string named) = await CallsAsync(client, thread, $"talk {Busy} {Messages} 1", cancel);
        await TellAsync(client, $"open {waiting} 2", cancel);
        await TellAsync(client, $"talk {waiting} 1 2", cancel);
        (long among, long waitsAmong, string namedAmong) = await CallsAsync(client, thread, $"talk {Busy} {Messages} 3", cancel);
        await TellAsync(client, "close 1", cancel);
        (await server.EndAsync()).Expect();
        const double All = Busy * Messages;
        Measured.Say($"{THub.HubName}: system calls per message {alone / All:0.00} and {waits / All:0.00} waits with {Busy} connections; {among / All:0.00} and {waitsAmong / All:0.00} with "
            + $"{waiting - Busy} waiting besides");

        // One to receive and one to send; where the backend does whole operations one call hands over those of a turn, and waits. A turn brings one
        // message or many: that is a matter of timing, but it never takes more than one.
        (double least, double most) = THub.HubName == "io_uring" ? (0, 1.1) : (2, 2.1);
        Assert.True(alone / All >= least && alone / All <= most, $"{alone} calls for {All} messages: {named}");
        Assert.True(among / All >= least && among / All <= most, $"{among} calls for {All} messages: {namedAmong}");
        Assert.InRange(waitsAmong / All, 0, 1.1);
    }

    /// <summary>How many system calls the hub's thread makes while the clients talk: those that wait for events, and the others.</summary>
    private static async Task<(long Calls, long Waits, string Named)> CallsAsync(ChildProcess client, int thread, string talk, CancellationToken cancel)
    {
        using ChildProcess tracer = ChildProcess.StartProgram("strace", ["-c", "-p", $"{thread}"], limit: TimeSpan.FromMilliseconds(LongLimit));
        while (!tracer.Error.Contains("attached", StringComparison.Ordinal))
        {
            await Task.Delay(1, cancel);
        }

        await TellAsync(client, talk, cancel);
        await tracer.SignalAsync("TERM");
        (long calls, long waits, string named) = (0, 0, "");

        // Share, seconds, microseconds each, calls, errors if any, name.
        foreach (Match row in CallCount().Matches((await tracer.EndAsync()).Error))
        {
            long count = long.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture);
            if (s_runtimesOwn.Contains(row.Groups[2].Value))
            {
                continue;
            }

            named += $" {row.Groups[2].Value} {count}";
            (calls, waits) = row.Groups[2].Value is "epoll_wait" or "epoll_pwait" or "epoll_pwait2" or "poll" or "ppoll" or "select" or "pselect6"
                ? (calls, waits + count)
                : (calls + count, waits);
        }

        return (calls, waits, named);
    }

    /// <summary>What the runtime calls for its memory and threads, a collection for instance, whichever thread it meets.</summary>
    private static readonly HashSet<string> s_runtimesOwn =
        ["futex", "madvise", "membarrier", "mmap", "munmap", "mprotect", "sched_yield", "rt_sigprocmask", "rt_sigreturn", "tgkill", "getcpu"];

    [GeneratedRegex(@"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(?!total)(\w+)$", RegexOptions.Multiline)]
    private static partial Regex CallCount();

    private static async Task ServeAsync(int connections, int messages, CancellationToken cancel)
    {
        connections = WithinLimit(connections);
        using ChildProcess server = Start("crowd-server 2 witness");
        Holdings start = Holdings.Of(await server.LineAsync("start "));
        using ChildProcess client = Start($"crowd-client {await TestClient.EndpointOfAsync(server)}");

        // A first crowd fills the pools; what the hub holds after it is what it has to hold after the second.
        foreach (string line in (string[])[$"open {connections} 1", $"talk {connections} 2 1", "close 1"])
        {
            await TellAsync(client, line, cancel);
        }

        Holdings first = Holdings.Of(await server.LineAsync("crowd "));
        foreach (string line in (string[])[$"open {connections} 2", $"talk {connections} {messages} 2", "close 2"])
        {
            await TellAsync(client, line, cancel);
        }

        ChildResult ended = (await server.EndAsync()).Expect();
        Assert.Empty(ended.Error);
        Holdings second = Holdings.Of(ended.Output.Split('\n').Last(line => line.StartsWith("crowd ", StringComparison.Ordinal)));
        Measured.Say($"{THub.HubName}, {connections} connections:\n{ended.Output}{client.Output}");

        Assert.Equal((long)connections * messages, second["messages"]);
        foreach (string held in (string[])["sockets", "inodes", "greenthreads", "readers", "writers"])
        {
            Assert.Equal(start[held], first[held]);
            Assert.Equal(start[held], second[held]);
        }

        long pooled = first["memory"] - start["memory"];
        Assert.True(pooled <= (long)connections * PooledPerConnection, $"{pooled} bytes stay of {connections} connections");
        Assert.InRange((double)second["memory"] / first["memory"], 0, 1.1);

        // The witness has run in the midst of the load, and nobody was served twice before it.
        Assert.True(second["steps"] >= messages / 4, $"{second["steps"]} steps");
        Assert.InRange(second["worst"], 1, MessagesPerTurn);
    }

    private static async Task TellAsync(ChildProcess client, string line, CancellationToken cancel)
    {
        client.WriteLine(line);
        await client.LineAsync($"{line}: done").WaitAsync(cancel);
    }

    /// <summary>How many connections this process may have; fewer than asked for if its limit on descriptors says so.</summary>
    private static int WithinLimit(int connections)
    {
        string limits = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = limits["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        int limit = int.TryParse(soft, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;
        if (connections <= limit - OtherDescriptors)
        {
            return connections;
        }

        TestContext.Current.AddWarning($"a process may have {limit} descriptors here (ulimit -n), so {limit - OtherDescriptors} connections instead of {connections}");
        return limit - OtherDescriptors;
    }

    private static ChildProcess Start(string scenario) => ChildProcess.Start(scenario,
        new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName }, TimeSpan.FromMilliseconds(LongLimit));

    /// <summary>Names and numbers of one line.</summary>
    private sealed partial class Holdings
    {
        private readonly Dictionary<string, long> _values = new(StringComparer.Ordinal);

        internal long this[string name] => _values[name];

        internal static Holdings Of(string line)
        {
            var figures = new Holdings();
            foreach (Match pair in Pair().Matches(line))
            {
                figures._values.Add(pair.Groups[1].Value, long.Parse(pair.Groups[2].Value, CultureInfo.InvariantCulture));
            }

            return figures;
        }

        [GeneratedRegex(@"(\w+) (\d+)")]
        private static partial Regex Pair();
    }
}

/// <summary>On epoll.</summary>
public sealed class CrowdOnEpoll : CrowdTests<EpollHub>;

/// <summary>On epoll.</summary>
public sealed class CrowdOnIoUring : CrowdTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class CrowdOnPoll : CrowdTests<PollHub>;

/// <summary>On select, with descriptors that an ordinary FD_SETSIZE of 1,024 has room for.</summary>
public sealed class CrowdOnSelect : CrowdTests<SelectHub>
{
    private protected override int Many => 900;

    private protected override int Some => 900;
}
