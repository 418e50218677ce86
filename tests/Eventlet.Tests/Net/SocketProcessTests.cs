using System.Text.Json.Nodes;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>What sockets do to a whole process: descriptors run out, signals, the entry thread and the pool's.</summary>
public class SocketProcessTests
{
    private const string PortableVariable = "EVENTLET_TEST_PORTABLE_SOCKETS";

    [Theory]
    [InlineData("epoll")]
    [InlineData("poll")]
    [InlineData("select")]
    public async Task Serve_WithoutDescriptors_BacksOff_ReportsOncePerShortage_AndGoesOn(string hub)
    {
        ChildResult result = (await ChildProcess.RunAsync($"descriptor-shortage {hub}")).Expect();
        Assert.Equal("spins False\nreports 1\nreceived 1 42\nspins False\nreports 2\nreceived 1 42\n", result.Output);
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("poll")]
    [InlineData("select")]
    public async Task Send_ToAPeerThatHasGone_IsEpipe_AndNoSignal(string hub) =>
        Assert.Equal("EPIPE\n", (await ChildProcess.RunAsync($"broken-pipe {hub}")).Expect().Output);

    [Theory]
    [InlineData("epoll")]
    [InlineData("poll")]
    [InlineData("select")]
    public async Task AsyncMainAndPoolThreads_TrampolineAndTalk_OnOneHub_InNoGreenthread(string hub)
    {
        ChildResult result = (await ChildProcess.RunAsync("async-main-io", new Dictionary<string, string?> { ["EVENTLET_HUB"] = hub })).Expect();
        Assert.Equal($"main True\npool True\nblocking True\nsockets True\npool sockets True\nreceived 3\n{hub}\n", result.Output);
    }

    /// <summary>Library code between the user and the hub, which declines contexts at each level, stays on the hub. Alone in a process: the pool's counter is the process's.</summary>
    [Theory]
    [InlineData("epoll")]
    [InlineData("poll")]
    [InlineData("select")]
    [InlineData("libevent")]
    [InlineData("io_uring")]
    public async Task StreamsPipesAndAChainOfLibraryMethods_ThousandRoundTrips_WithoutAHopToTheThreadPool(string hub)
    {
        RequiredHubs.SkipUnlessAvailable(Hubs.Builtin.Single(one => one.Name == hub));
        string expected = string.Concat(new[] { "ssl", "chain", "pipe" }.Select(what => $"{what}: 0 hops, thousands of reads True, 0 elsewhere\n"));
        Assert.Equal(expected + (hub == "io_uring" ? "file: 0 hops\n" : ""), (await ChildProcess.RunAsync($"no-hops {hub}")).Expect().Output);
    }

    /// <summary>The calls of other systems than Linux, by way of System.Net.Sockets: all socket tests once more in a process that is told to use them.</summary>
    [Fact(Timeout = 180_000)]
    public async Task PortablePath_PassesTheSocketTests()
    {
        string assembly = typeof(SocketProcessTests).Assembly.Location;
        string configuration = Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}.json");
        try
        {
            JsonNode settings = JsonNode.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(assembly, ".runtimeconfig.json"), TestContext.Current.CancellationToken))!;
            JsonNode options = settings["runtimeOptions"]!;
            (options["configProperties"] ??= new JsonObject())["Eventlet.PortableSockets"] = true;
            await File.WriteAllTextAsync(configuration, settings.ToJsonString(), TestContext.Current.CancellationToken);
            string[] args = ["exec", "--runtimeconfig", configuration, assembly, "--filter-trait", "Sockets=Both", "--output", "Detailed", "--ansi", "off"];
            using ChildProcess child = ChildProcess.StartProgram("dotnet", args, new Dictionary<string, string?> { [PortableVariable] = "1" }, TimeSpan.FromSeconds(170));
            ChildResult result = (await child.EndAsync()).Expect();
            Assert.Contains($"passed {typeof(SocketPathTests).FullName}", result.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(configuration);
        }
    }

    /// <summary>Which of the two ways this process uses.</summary>
    public class SocketPathTests
    {
        [Fact]
        [Trait("Sockets", "Both")]
        public void Path_IsTheOneThatWasAskedFor() =>
            Assert.Equal(Environment.GetEnvironmentVariable(PortableVariable) is null, SocketCalls.IsDirect);
    }
}
