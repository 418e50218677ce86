using System.Net;
using System.Text;
using Eventlet;
using Eventlet.Net;

namespace Samples;

/// <summary>A small web site on a hub of its own: page n links to pages 2n + 1 and 2n + 2, and back to the first.</summary>
internal sealed class LocalSite : IDisposable
{
    private readonly Hub _hub = Hub.Start();
    private readonly GreenSocket _listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly int _pages;

    internal LocalSite(int pages)
    {
        _pages = pages;
        _hub.Spawn(() => GreenNet.ServeAsync(_listener, AnswerAsync));
    }

    internal string Address => $"http://{_listener.LocalEndPoint}/0";

    public void Dispose()
    {
        _hub.Dispose();
        _listener.Close();
    }

    private async Task AnswerAsync(GreenSocket connection)
    {
        await using GreenStream stream = connection.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (await reader.ReadLineAsync() is { } request)
        {
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
                // Headers do not matter here.
            }

            bool found = int.TryParse(request.Split(' ')[1].TrimStart('/'), out int page) && page < _pages;
            string links = string.Concat(((int[])[2 * page + 1, 2 * page + 2, 0]).Where(link => link < _pages).Select(link => $"<a href=\"/{link}\">{link}</a>\n"));
            string body = found ? $"<h1>Page {page}</h1>\n{links}" : "";
            string head = $"HTTP/1.1 {(found ? "200 OK" : "404 Not Found")}\r\nContent-Type: text/html\r\nContent-Length: {body.Length}\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body));
        }
    }
}
