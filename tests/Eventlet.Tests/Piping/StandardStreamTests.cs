using Eventlet.Tests.Support;

namespace Eventlet.Tests.Piping;

/// <summary>The standard streams of a process, with whatever a shell puts behind them; their blocking mode is left as it was found.</summary>
public abstract class StandardStreamTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Theory]
    [InlineData("seq 100000 | $0 \"$@\" | cksum", "588895 bbb")]
    [InlineData("seq 100000 >in; $0 \"$@\" <in >out; cksum <out", "588895 bbb")]
    [InlineData("seq 100000 >in; $0 \"$@\" <in | (sleep 0.1; cksum)", "588895 bbb")]
    public async Task Copy_OverPipesAndFiles_IsWhole_AndLeavesTheModes(string command, string report)
    {
        ChildResult result = await RunAsync(command);
        using ChildProcess expected = ChildProcess.StartProgram("/bin/sh", ["-c", "seq 100000 | cksum"]);
        Assert.Equal((await expected.EndAsync()).Output, result.Output);
        Assert.Equal(report, result.Error.TrimEnd());
    }

    [Fact]
    public async Task Output_ThatNobodyReads_IsAnError_AndNoSignal()
    {
        ChildResult result = await RunAsync("yes | $0 \"$@\" | head -c 10 >/dev/null");
        Assert.StartsWith("nobody reads\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileAsInput_IsReadFromWhereTheProcessBeforeHasStopped()
    {
        // The position of a file is shared: what a process has not read is there for the next.
        ChildResult result = await RunAsync("seq 3 >in; (read first; $0 \"$@\") <in >out; cat out");
        Assert.Equal("2\n3\n", result.Output);
        Assert.Equal("4 bbb", result.Error.TrimEnd());
    }

    /// <summary>A shell command in an empty folder, in which "$0" with its arguments is the scenario.</summary>
    private static async Task<ChildResult> RunAsync(string command)
    {
        string folder = Directory.CreateTempSubdirectory("eventlet-test-").FullName;
        try
        {
            (string host, string[] arguments) = ChildProcess.CommandLine("standard-streams");
            using ChildProcess shell = ChildProcess.StartProgram("/bin/sh", ["-c", $"cd '{folder}'; {command}", host, .. arguments],
                new Dictionary<string, string?> { [Hubs.EnvironmentVariable] = THub.HubName });
            return (await shell.EndAsync()).Expect();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <inheritdoc/>
public sealed class StandardStreamsOnEpoll : StandardStreamTests<EpollHub>;

/// <inheritdoc/>
public sealed class StandardStreamsOnPoll : StandardStreamTests<PollHub>;

/// <inheritdoc/>
public sealed class StandardStreamsOnSelect : StandardStreamTests<SelectHub>;
