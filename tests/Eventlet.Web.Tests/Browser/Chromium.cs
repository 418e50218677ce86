using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Web.Browser;

/// <summary>A headless Chromium with an empty profile, told what to do over its DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Announcement = "DevTools listening on ";

    private readonly string _profile;
    private readonly ChildProcess _process;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _calls = new();
    private readonly Channel<string> _outgoing = Channel.CreateUnbounded<string>();
    private Task _talking = Task.CompletedTask;
    private int _lastCall;

    private Chromium(string profile)
    {
        _profile = profile;
        // The address comes on standard error. Without these switches it looks for hosts of the vendor's.
        string[] switches =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-extensions", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
        ];
        _process = ChildProcess.StartProgram("/bin/sh", ["-c", "exec chromium \"$@\" 2>&1", "chromium", .. switches], limit: TimeSpan.FromSeconds(50));
    }

    /// <summary>Starts one.</summary>
    internal static async Task<Chromium> StartAsync()
    {
        var chromium = new Chromium(Directory.CreateTempSubdirectory("eventlet-test-").FullName);
        try
        {
            string line = await chromium._process.LineAsync(Announcement);
            await chromium._socket.ConnectAsync(new Uri(line[Announcement.Length..].TrimEnd()), CancellationToken.None);
            chromium._talking = Task.WhenAll(chromium.ReceiveAsync(), chromium.SendAsync());
            return chromium;
        }
        catch
        {
            await chromium.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page in a window of its own.</summary>
    internal async Task<ChromiumPage> OpenAsync(string url)
    {
        JsonNode made = await CallAsync(null, "Target.createTarget", new JsonObject { ["url"] = "about:blank", ["newWindow"] = true, ["width"] = 1280, ["height"] = 800 });
        string target = made["targetId"]!.GetValue<string>();
        JsonNode attached = await CallAsync(null, "Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true });
        var page = new ChromiumPage(this, target, attached["sessionId"]!.GetValue<string>());
        await page.GoAsync(url);
        return page;
    }

    /// <summary>Calls a method of the protocol.</summary>
    /// <exception cref="InvalidOperationException">Chromium reports an error.</exception>
    internal async Task<JsonNode> CallAsync(string? session, string method, JsonObject? parameters = null)
    {
        int number = Interlocked.Increment(ref _lastCall);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[number] = answer;
        var call = new JsonObject { ["id"] = number, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null)
        {
            call["sessionId"] = session;
        }

        _outgoing.Writer.TryWrite(call.ToJsonString());
        try
        {
            return await answer.Task.WaitAsync(TimeSpan.FromSeconds(50));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"no answer to {call.ToJsonString()}\n--- the browser\n{_process.Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_socket.State == WebSocketState.Open)
        {
            await CallAsync(null, "Browser.close");
            _outgoing.Writer.TryComplete();
            await _talking;
            await _process.EndAsync();
        }

        _process.Dispose();
        _socket.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task SendAsync()
    {
        await foreach (string call in _outgoing.Reader.ReadAllAsync())
        {
            await _socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(call), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[1 << 16];
        var message = new MemoryStream();
        try
        {
            for (; ; )
            {
                ValueWebSocketReceiveResult part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                if (part.EndOfMessage)
                {
                    Take(JsonNode.Parse(message.ToArray())!);
                    message.SetLength(0);
                }
            }
        }
        catch (WebSocketException) when (_calls.IsEmpty)
        {
            // It has ended.
        }
    }

    private void Take(JsonNode message)
    {
        if (message["id"] is not { } id || !_calls.TryRemove(id.GetValue<int>(), out TaskCompletionSource<JsonNode>? call))
        {
            return;
        }

        if (message["error"] is { } error)
        {
            call.SetException(new InvalidOperationException(error.ToJsonString()));
        }
        else
        {
            call.SetResult(message["result"]!);
        }
    }
}
