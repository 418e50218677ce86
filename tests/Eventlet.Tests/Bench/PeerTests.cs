using Eventlet.Bench;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Bench;

/// <summary>Every server of the comparison that can be had here answers every load of its modes, byte for byte.</summary>
public sealed class PeerTests
{
    private static readonly Lazy<bool> s_built = new(static () =>
    {
        Build.C("load", "load");
        return true;
    });

    public static TheoryData<string> Names => [.. Servers.All.Select(static server => server.Name)];

    // On a thread of its own, since a server dies with the thread that started it.
    [Theory]
    [MemberData(nameof(Names))]
    public void Server_UnderEachLoadOfItsModes_Answers(string name)
    {
        Server server = Servers.All.Single(s => s.Name == name);
        Assert.SkipUnless(DebianPackages.Provide([server], install: false).Count == 1, $"a peer of the benchmark that is not installed: {string.Join(' ', server.Packages)}");
        Assert.True(s_built.Value);
        if (!server.IsDotnet)
        {
            server.Build?.Invoke(); // those in C# were built with the tests
        }

        PlainThread.Run(() => AnswersAll(server), TimeSpan.FromSeconds(50));
    }

    private static void AnswersAll(Server server)
    {
        foreach (string mode in server.Modes)
        {
            using var process = new ServerProcess(server, mode);
            foreach (WorkLoad work in Loads(mode))
            {
                Window window = LoadGenerator.Run(process, work, seconds: 8, warmup: 0, roundTrips: 200, pinned: false);
                Assert.InRange(window.RoundTrips, 200, long.MaxValue);

                // The kernel brings the times of a thread up to date at ticks and switches: so short a window may show none.
                Assert.InRange(window.ServerCpuSeconds, 0, double.MaxValue);
            }


            Assert.Equal(server.IsDotnet, process.Probe() is { Allocated: > 0 });
        }
    }

    /// <summary>Every kind of load that there is for a mode, with few connections.</summary>
    private static IEnumerable<WorkLoad> Loads(string mode)
    {
        string[][] arguments = mode switch
        {
            "echo" =>
            [
                ["--connections", "3"],
                ["--connections", "3", "--size", "200000"],
                ["--connections", "2", "--depth", "16"],
                ["--connections", "2", "--rate", "2000"],
                ["--connections", "1", "--idle", "20"],
                ["--connections", "3", "--kind", "churn"],
            ],
            "broadcast" => [["--connections", "5", "--kind", "broadcast"]],
            _ => [["--connections", "3", "--kind", "udp"]],
        };
        return arguments.Select(a => new WorkLoad(string.Join(' ', a), "", mode, a));
    }
}
