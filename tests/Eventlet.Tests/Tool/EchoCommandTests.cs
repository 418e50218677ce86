using System.Net;
using System.Net.Sockets;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Tool;

public class EchoCommandTests
{
    public static TheoryData<string> AvailableHubs => [.. ToolProcess.Available];

    [Theory]
    [MemberData(nameof(AvailableHubs))]
    public async Task Echo_OnAnyHub_SaysWhereItListensAndEchoes(string hub)
    {
        using ChildProcess server = ToolProcess.Start($"echo --hub {hub}");
        Assert.Matches($@"^listening on 127\.0\.0\.1:\d+ \(hub {hub}\)$", await server.LineAsync("listening"));
        byte[] data = TestClient.SomeBytes(3_000_000, seed: 1);
        using TestClient idle = await TestClient.ConnectAsync(server);
        using TestClient busy = await TestClient.ConnectAsync(server);
        Task<byte[]> reply = busy.ReceiveAllAsync();
        await busy.SendAndEndAsync(data);
        Assert.Equal(data, await reply);
        await idle.CheckEchoAsync();
    }

    [Fact]
    public async Task Echo_AfterAReset_ServesTheOthers()
    {
        using ChildProcess server = ToolProcess.Start("echo");
        using TestClient other = await TestClient.ConnectAsync(server);
        using (TestClient reset = await TestClient.ConnectAsync(server))
        {
            await reset.CheckEchoAsync();
            TestClient.Reset(reset.Stream.Socket);
        }

        await other.CheckEchoAsync();
        await server.SignalAsync("TERM");
        Assert.Empty((await server.EndAsync()).Expect().Error);
    }

    [Theory]
    [InlineData("TERM", false)]
    [InlineData("INT", false)]
    [InlineData("INT", true)]
    public async Task Echo_AskedToEndWhileIdle_EndsWithZeroAndWithoutAWord(string signal, bool ignoreInterrupt)
    {
        using ChildProcess server = ToolProcess.Start("echo", ignoreInterrupt: ignoreInterrupt);
        await server.LineAsync("listening");
        await server.SignalAsync(signal);
        Assert.Empty((await server.EndAsync()).Expect().Error);
    }

    [Theory]
    [InlineData("TERM", 1)]
    [InlineData("INT", 1)]
    [InlineData("TERM", 2)]
    public async Task Echo_AskedToEndWhileBusy_EndsWithZeroAndWithoutAWord(string signal, int hubs)
    {
        using ChildProcess server = ToolProcess.Start($"echo --hubs {hubs}");
        IPEndPoint endpoint = await TestClient.EndpointOfAsync(server);
        using var idle = await TestClient.ConnectAsync(endpoint);
        using ChildProcess load = ToolProcess.Start($"load --endpoint {endpoint} --seconds 60 --connections 20 --hub epoll");
        await load.LineAsync("epoll: after ");
        await idle.CheckEchoAsync();
        await server.SignalAsync(signal);
        Assert.Empty((await server.EndAsync()).Expect().Error);
        Assert.Equal(1, (await load.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Echo_WithTwoHubs_SharesThePortBetweenTwoThreads()
    {
        using ChildProcess server = ToolProcess.Start("echo --hubs 2");
        IPEndPoint endpoint = await TestClient.EndpointOfAsync(server);
        Assert.Equal(2, ListenersOn(endpoint.Port));
        Assert.Equal(2, Directory.GetDirectories($"/proc/{server.Id}/task").Count(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("hub ", StringComparison.Ordinal)));

        // The system chooses by the client's port: one of two listeners misses all of 40 once in 10^12 runs.
        var clients = new List<TestClient>();
        for (int i = 0; i < 40; i++)
        {
            clients.Add(await TestClient.ConnectAsync(endpoint));
            await clients[i].CheckEchoAsync();
        }

        clients.ForEach(client => client.Dispose());
        await server.SignalAsync("TERM");
        (await server.EndAsync()).Expect();
    }

    [Fact]
    public async Task Echo_WithoutAName_TakesTheHubOfTheEnvironment()
    {
        foreach (string hub in ToolProcess.Available)
        {
            using ChildProcess server = ToolProcess.Start("echo", ToolProcess.Environment(hub));
            Assert.EndsWith($"(hub {hub})", await server.LineAsync("listening"), StringComparison.Ordinal);
        }

        using ChildProcess named = ToolProcess.Start("echo --hub poll", ToolProcess.Environment("select"));
        Assert.EndsWith("(hub poll)", await named.LineAsync("listening"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Echo_WhereAnotherListens_SaysSo()
    {
        using ChildProcess first = ToolProcess.Start("echo");
        IPEndPoint endpoint = await TestClient.EndpointOfAsync(first);
        foreach (string hubs in (string[])["1", "2"])
        {
            ChildResult second = (await ToolProcess.RunAsync($"echo --endpoint {endpoint} --hubs {hubs}")).Expect(1);
            ToolProcess.ExpectOneError(second, $"cannot listen on {endpoint}", "in use");
        }
    }

    [Fact]
    public async Task Echo_OnIPv6_SaysSoInBrackets()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && File.Exists("/proc/net/if_inet6") && File.ReadAllText("/proc/net/if_inet6").Length > 0, "this system has no IPv6");
        using ChildProcess server = ToolProcess.Start("echo --endpoint [::1]:0");
        Assert.Matches(@"^listening on \[::1\]:\d+ \(hub ", await server.LineAsync("listening"));
        using TestClient client = await TestClient.ConnectAsync(server);
        await client.CheckEchoAsync();
    }

    // "0A" is LISTEN in the fourth field of /proc/net/tcp, the local address is the second.
    private static int ListenersOn(int port) => File.ReadLines("/proc/net/tcp")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Count(fields => fields[3] == "0A" && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal));
}
