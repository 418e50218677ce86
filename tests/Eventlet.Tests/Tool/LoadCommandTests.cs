using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Tool;

public class LoadCommandTests
{
    [Fact]
    public async Task LoadJson_ReportsWhatItMeasured()
    {
        using ChildProcess server = ToolProcess.Start("echo");
        IPEndPoint endpoint = await TestClient.EndpointOfAsync(server);
        ChildResult result = (await ToolProcess.RunAsync($"load --endpoint localhost:{endpoint.Port} --connections 7 --size 100 --seconds 0.3 --hub poll --json")).Expect();
        Assert.Empty(result.Error);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement run = document.RootElement;
        Assert.Equal("poll", run.GetProperty("name").GetString());
        Assert.Equal(7, run.GetProperty("connections").GetInt32());
        Assert.Equal(100, run.GetProperty("size").GetInt32());
        Assert.True(run.GetProperty("seconds").GetDouble() >= 0.3);
        Assert.True(run.GetProperty("roundTrips").GetInt64() > 0);
        Assert.Equal(0, run.GetProperty("errors").GetInt32());
    }

    [Fact]
    public async Task Load_OfMessagesLargerThanAnyBuffer_DoesNotStall()
    {
        using ChildProcess server = ToolProcess.Start("echo");
        IPEndPoint endpoint = await TestClient.EndpointOfAsync(server);
        ChildResult result = (await ToolProcess.RunAsync($"load --endpoint {endpoint} --connections 3 --size 20000000 --seconds 0.5")).Expect();
        Assert.Matches(@"\n +epoll +3 +[\d,]+ +[\d,]+ +[\d,]+ +[\d,.]+ +0 ", result.Output);
    }

    [Fact]
    public async Task Load_OfAServerThatAltersAByte_FailsAndSaysSo()
    {
        await CheckRefusedAsync(reply => reply[^1] ^= 1, "a reply differs from what was sent");
    }

    [Fact]
    public async Task Load_OfAServerThatRepeatsItself_FailsAndSaysSo()
    {
        byte[]? first = null;
        await CheckRefusedAsync(reply => (first ??= [.. reply]).CopyTo(reply, 0), "a reply differs from what was sent");
    }

    [Fact]
    public async Task Load_OfAServerThatCloses_FailsAndSaysSo()
    {
        await CheckRefusedAsync(_ => throw new IOException(), "closed");
    }

    [Fact]
    public async Task Load_WhereNobodyListens_FailsInOneLine()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ChildResult result = (await ToolProcess.RunAsync($"load --endpoint {unused.LocalEndPoint} --json")).Expect(1);
        Assert.Empty(result.Output);
        ToolProcess.ExpectOneError(result, $"cannot connect to {unused.LocalEndPoint}", "refused");
    }

    /// <summary>Runs it against a server that spoils each reply.</summary>
    private static async Task CheckRefusedAsync(Action<byte[]> spoil, string reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, spoil);
        ChildResult result = (await ToolProcess.RunAsync($"load --endpoint {listener.LocalEndpoint} --connections 1 --seconds 30 --json")).Expect(1);
        await serving;
        using JsonDocument document = JsonDocument.Parse(result.Output);
        Assert.Equal(1, document.RootElement.GetProperty("errors").GetInt32());
        ToolProcess.ExpectOneError(result, reason);
    }

    private static async Task ServeAsync(TcpListener listener, Action<byte[]> spoil)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        byte[] message = new byte[64];
        try
        {
            while (true)
            {
                await client.GetStream().ReadExactlyAsync(message);
                spoil(message);
                await client.GetStream().WriteAsync(message);
            }
        }
        catch (IOException)
        {
            // The client has seen enough, or the test's server has.
        }
    }
}
