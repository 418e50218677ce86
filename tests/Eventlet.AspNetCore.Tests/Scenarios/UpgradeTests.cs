using System.Net.WebSockets;
using System.Security.Cryptography;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Eventlet.Tests.Scenarios;

/// <summary>What HTTP turns into.</summary>
public abstract class UpgradeTests<T> : TransportTests<T>
    where T : ITransport
{
    [Fact]
    public async Task WebSocket_EchoesAndCloses()
    {
        await using Site site = await StartAsync(EchoAsync, static options => options.Pipeline = static application => application.UseWebSockets());
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(site.Address) { Scheme = "ws" }.Uri, End);
        byte[] buffer = new byte[200_000];
        foreach (int size in (int[])[0, 1, 125, 126, 4096, 65_536, 200_000])
        {
            byte[] message = RandomNumberGenerator.GetBytes(size);
            await client.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, End);
            int total = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await client.ReceiveAsync(buffer.AsMemory(total), End);
                total += result.Count;
            }
            while (!result.EndOfMessage);
            Assert.Equal(message, buffer[..total]);
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", End);
        Assert.Equal(WebSocketState.Closed, client.State);
    }

    [Fact]
    public async Task Upgrade_GivesTheBareConnection()
    {
        await using Site site = await StartAsync(static async context =>
        {
            await using Stream stream = await context.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
            byte[] buffer = new byte[100];
            for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count));
            }
        });
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: bare\r\n\r\nearly ");
        Assert.StartsWith("HTTP/1.1 101 ", await connection.ReceiveUntilAsync("early "), StringComparison.Ordinal);
        await connection.SendAsync("late");
        await connection.ReceiveUntilAsync("late");
        connection.EndSending();
        Assert.Equal("", await connection.ReceiveToEndAsync());
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        byte[] buffer = new byte[5000];
        while (true)
        {
            ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, context.RequestAborted);
        }
    }
}
