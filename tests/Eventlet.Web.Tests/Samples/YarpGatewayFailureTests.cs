using System.Net;
using System.Net.WebSockets;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Web.Samples;

public sealed class YarpGatewayFailureTests : IAsyncLifetime, IDisposable
{
    private readonly GatewayProcesses _processes = new();

    public ValueTask InitializeAsync() => _processes.InitializeAsync();

    public void Dispose() => _processes.Dispose();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    [Fact]
    public async Task Backend_ThatDies_CostsNoRequest_AndIsTakenBack()
    {
        using HttpClient client = _processes.CreateClient();
        // One of each, as they take turns: the one at the dead backend ends, the other goes on.
        using ClientWebSocket first = await _processes.ConnectAsync(), second = await _processes.ConnectAsync();
        await _processes.Two.SignalAsync("KILL");
        Assert.All(await client.NamesAsync(20), static name => Assert.Equal("one", name));
        Task<bool>[] ends = [EndsAsync(first), EndsAsync(second)];
        Task<bool> ended = await Task.WhenAny(ends);
        Assert.True(await ended);
        ClientWebSocket survivor = ended == ends[0] ? second : first;
        await survivor.SendAsync("still here"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.False(await ends[ended == ends[0] ? 1 : 0]);

        using ChildProcess again = GatewayProcesses.Backend("three", _processes.PortOfTwo);
        await GatewayProcesses.UrlAsync(again);
        while (!(await client.NamesAsync(2)).Contains("three"))
        {
            // The gateway looks once a second.
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        // A server that stops waits for what is open, so nothing is.
        first.Abort();
        second.Abort();
        await _processes.Gateway.SignalAsync("TERM");
        Assert.EndsWith("\nclosed\n", (await _processes.Gateway.EndAsync()).Expect().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_WithoutAnyBackend_SaysSo()
    {
        using HttpClient client = _processes.CreateClient();
        await _processes.One.SignalAsync("KILL");
        await _processes.Two.SignalAsync("KILL");
        using HttpResponseMessage response = await client.GetAsync("who");
        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable });
    }

    // Whether the connection ends, instead of bringing something.
    private static async Task<bool> EndsAsync(ClientWebSocket socket)
    {
        try
        {
            return (await socket.ReceiveAsync(new byte[100].AsMemory(), CancellationToken.None)).MessageType == WebSocketMessageType.Close;
        }
        catch (WebSocketException)
        {
            return true;
        }
    }
}
