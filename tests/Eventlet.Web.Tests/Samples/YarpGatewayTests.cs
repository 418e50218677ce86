using System.Net.WebSockets;
using System.Security.Cryptography;

namespace Eventlet.Tests.Web.Samples;

public sealed class YarpGatewayTests(GatewayProcesses processes) : IClassFixture<GatewayProcesses>
{
    [Fact]
    public async Task Requests_GoToBothBackends_WithTheirBodies()
    {
        using HttpClient client = processes.CreateClient();
        Assert.Equal(["one", "two"], (await client.NamesAsync(8)).Distinct().Order());
        byte[] body = RandomNumberGenerator.GetBytes(8 << 20);
        using HttpResponseMessage response = await client.PostAsync("echo", new ByteArrayContent(body));
        Assert.Equal(body, await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Stream_ComesLineByLine_AndEndsInTheBackendWhenNobodyListens()
    {
        using HttpClient client = processes.CreateClient();
        using (Stream lines = await client.GetStreamAsync("ticks"))
        using (var reader = new StreamReader(lines))
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal($"{i}", await reader.ReadLineAsync());
            }
        }

        await await Task.WhenAny(processes.One.LineAsync("nobody listens any more"), processes.Two.LineAsync("nobody listens any more"));
    }

    [Fact]
    public async Task WebSocket_ThroughTheGateway_Echoes()
    {
        using ClientWebSocket socket = await processes.ConnectAsync();
        foreach (int size in new[] { 1, 1000, 200_000 })
        {
            byte[] sent = RandomNumberGenerator.GetBytes(size);
            await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            Assert.Equal(sent, await ReceiveAsync(socket));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket)
    {
        var message = new MemoryStream();
        var buffer = new byte[8192];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return message.ToArray();
    }
}
