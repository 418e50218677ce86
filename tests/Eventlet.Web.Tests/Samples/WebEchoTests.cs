using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Eventlet.Tests.Support;
using Eventlet.Tests.Web.Browser;

namespace Eventlet.Tests.Web.Samples;

public class WebEchoTests
{
    [Fact]
    public async Task Page_InTwoWindows_ShowsInEachWhatIsTypedInTheOther()
    {
        using ChildProcess server = Start();
        string url = await UrlAsync(server);
        await using Chromium chromium = await Chromium.StartAsync();
        ChromiumPage ada = await chromium.OpenAsync(url);
        await ada.UntilAsync("document.getElementById('state').textContent === '1 browser is here' && !document.getElementById('text').disabled");
        await ada.TypeAsync("Guten Tag, ");
        ChromiumPage bob = await chromium.OpenAsync(url);
        await bob.UntilAsync("document.querySelector('#browser-1 span').textContent === 'Guten Tag, ' && !document.getElementById('text').disabled");
        await ada.UntilAsync("document.getElementById('state').textContent === '2 browsers are here'");

        // Text stays text, whoever typed it.
        await ada.TypeAsync("<b>Bob</b> €");
        foreach (ChromiumPage page in new[] { ada, bob })
        {
            await page.UntilAsync("document.querySelector('#browser-1 span').textContent === 'Guten Tag, <b>Bob</b> €'");
        }

        await bob.TypeAsync("Hello Ada");
        await ada.UntilAsync("document.querySelector('#browser-2 span').textContent === 'Hello Ada' && document.querySelector('#browser-2 b').textContent === 'Browser 2'");

        await bob.CloseAsync();
        await ada.UntilAsync("document.getElementById('state').textContent === '1 browser is here' && document.querySelectorAll('#browsers li').length === 1");
    }

    [Fact]
    public async Task Graph_GetsPointsOfBothKinds_AndSaysThemInWords()
    {
        using ChildProcess server = Start();
        string url = await UrlAsync(server);
        await using Chromium chromium = await Chromium.StartAsync();
        ChromiumPage page = await chromium.OpenAsync(url);
        foreach (string series in new[] { "socket", "http" })
        {
            await page.UntilAsync($"document.querySelector('#graph polyline.{series}').points.numberOfItems >= 3 && document.querySelector('tr.{series} td:last-child').textContent >= 3");
            Assert.True((await page.EvaluateAsync($"parseFloat(document.querySelector('tr.{series} td').textContent) >= 0"))!.GetValue<bool>());
        }

        // All of it is inside the picture, the newest point at the right edge, and the axis is as high as the worst.
        Assert.True((await page.EvaluateAsync("[...document.querySelectorAll('#graph polyline')].every(line => [...line.points].every(p => p.x >= 44 && p.x <= 512 && p.y >= 11.9 && p.y <= 222.1))"))!.GetValue<bool>());
        JsonArray nodes = (await page.CallAsync("Accessibility.getFullAXTree"))["nodes"]!.AsArray();
        Assert.Contains(nodes, node => Role(node) == "image" && Name(node).StartsWith("Median of the last minute: ", StringComparison.Ordinal) && Name(node).Contains("WebSocket", StringComparison.Ordinal) && Name(node).Contains("HTTP", StringComparison.Ordinal));
        Assert.Contains(nodes, node => Role(node) == "textbox" && Name(node) == "Your text");
        Assert.Contains(nodes, node => Role(node) == "status");
    }

    [Fact]
    public async Task Page_NeedsNothingFromElsewhere_AndComesBackToAServerThatReturns()
    {
        string url;
        await using Chromium chromium = await Chromium.StartAsync();
        ChromiumPage page;
        using (ChildProcess server = Start())
        {
            url = await UrlAsync(server);
            page = await chromium.OpenAsync(url);
            await page.UntilAsync("document.getElementById('state').dataset.state === 'open' && !document.getElementById('text').disabled");
            Assert.Equal("true", (await page.EvaluateAsync("performance.getEntriesByType('resource').every(one => one.name.startsWith(location.origin)) + ''"))!.GetValue<string>());
            Assert.Equal("default-src 'self'; frame-ancestors 'none'; base-uri 'none'", await HeaderAsync(url, "Content-Security-Policy"));
            await page.TypeAsync("still here");
            await server.SignalAsync("TERM");
            ChildResult result = (await server.EndAsync()).Expect();
            Assert.Equal("", result.Error);
            Assert.EndsWith("\nclosed\n", result.Output, StringComparison.Ordinal);
        }

        await page.UntilAsync("document.getElementById('state').dataset.state === 'closed' && document.getElementById('text').disabled");
        using ChildProcess again = Start(url);
        await again.LineAsync("listening on ");
        await page.UntilAsync("document.querySelector('#browsers span').textContent === 'still here'");
    }

    [Theory]
    [InlineData("no JSON", WebSocketCloseStatus.InvalidPayloadData)]
    [InlineData("""{"ping":"x"}""", WebSocketCloseStatus.InvalidPayloadData)]
    [InlineData("long", WebSocketCloseStatus.MessageTooBig)]
    public async Task Client_ThatSendsNonsense_IsToldWhy_AndTheOthersStay(string message, WebSocketCloseStatus reason)
    {
        using ChildProcess server = Start();
        string url = await UrlAsync(server);
        using ClientWebSocket good = await ConnectAsync(url);
        using ClientWebSocket bad = await ConnectAsync(url);
        byte[] bytes = message == "long" ? new byte[100_000] : Encoding.UTF8.GetBytes(message);
        // The server may have closed before it has read all of the long one.
        await bad.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.Equal(reason, await DrainAsync(bad, until: null));
        await good.SendAsync("""{"ping":42}"""u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.Null(await DrainAsync(good, until: """{"pong":42}"""));
    }

    [Fact]
    public async Task Echo_WithoutAWebSocket_IsRefused()
    {
        using ChildProcess server = Start();
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri(new Uri(await UrlAsync(server)), "echo"));
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    private static ChildProcess Start(string url = "http://127.0.0.1:0") => ChildProcess.StartProject("Samples.WebEcho", $"--urls {url}");

    private static async Task<string> UrlAsync(ChildProcess server) => (await server.LineAsync("listening on ")).Split(' ')[^1];

    private static string? Role(JsonNode? node) => node!["role"]?["value"]?.GetValue<string>();

    private static string Name(JsonNode? node) => node!["name"]?["value"]?.GetValue<string>() ?? "";

    private static async Task<string> HeaderAsync(string url, string name)
    {
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri(url));
        return string.Join(", ", response.EnsureSuccessStatusCode().Headers.GetValues(name));
    }

    private static async Task<ClientWebSocket> ConnectAsync(string url)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(url.Replace("http", "ws", StringComparison.Ordinal) + "/echo"), CancellationToken.None);
        return socket;
    }

    // Reads up to this message, or to the end, and returns why it was the end.
    private static async Task<WebSocketCloseStatus?> DrainAsync(ClientWebSocket socket, string? until)
    {
        var buffer = new byte[4096];
        for (; ; )
        {
            ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close || Encoding.UTF8.GetString(buffer, 0, part.Count) == until)
            {
                return socket.CloseStatus;
            }
        }
    }
}
