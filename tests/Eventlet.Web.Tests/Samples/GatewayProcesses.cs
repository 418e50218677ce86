using System.Net.WebSockets;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Web.Samples;

/// <summary>The gateway of samples/YarpGateway and its two backends.</summary>
public sealed class GatewayProcesses : IAsyncLifetime, IDisposable
{
    private readonly ChildProcess _one = Backend("one", 0);
    private readonly ChildProcess _two = Backend("two", 0);
    private ChildProcess? _gateway;
    private Uri _url = null!;
    private string _urlOfTwo = "";
    private bool _isDisposed;

    internal ChildProcess One => _one;

    internal ChildProcess Two => _two;

    internal ChildProcess Gateway => _gateway!;

    internal int PortOfTwo => new Uri(_urlOfTwo).Port;

    public async ValueTask InitializeAsync()
    {
        _urlOfTwo = await UrlAsync(_two);
        _gateway = Start($"gateway {await UrlAsync(_one)} {_urlOfTwo} --urls http://127.0.0.1:0");
        _url = new Uri(await UrlAsync(_gateway));
    }

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isDisposed, true))
        {
            _gateway?.Dispose();
            _one.Dispose();
            _two.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal static ChildProcess Backend(string name, int port) => Start($"backend {name} --urls http://127.0.0.1:{port}");

    internal static async Task<string> UrlAsync(ChildProcess server) => (await server.LineAsync("listening on ")).Split(' ')[^1];

    internal HttpClient CreateClient() => new() { BaseAddress = _url, Timeout = TimeSpan.FromSeconds(50) };

    internal async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(_url) { Scheme = "ws", Path = "socket" }.Uri, CancellationToken.None);
        return socket;
    }

    private static ChildProcess Start(string args) => ChildProcess.StartProject("Samples.YarpGateway", args);
}
