using System.Net;
using System.Text;
using Eventlet;
using Eventlet.Net;

namespace Samples;

/// <summary>Five feeds on a hub of their own; the fourth never answers.</summary>
internal sealed class LocalFeeds : IDisposable
{
    private readonly Hub _hub = Hub.Start();
    private readonly GreenSocket _listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));

    internal LocalFeeds() => _hub.Spawn(() => GreenNet.ServeAsync(_listener, AnswerAsync));

    internal string[] Addresses => [.. Enumerable.Range(1, 5).Select(number => $"http://{_listener.LocalEndPoint}/{number}")];

    public void Dispose()
    {
        _hub.Dispose();
        _listener.Close();
    }

    private static async Task AnswerAsync(GreenSocket connection)
    {
        await using GreenStream stream = connection.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string? request = await reader.ReadLineAsync();
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // Headers do not matter here.
        }

        string number = request?.Split(' ')[1].TrimStart('/') ?? "";
        if (number == "4")
        {
            await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
        }

        string body = $"<rss><channel><title>Feed {number}</title></channel></rss>";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
    }
}
