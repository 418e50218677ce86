using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Eventlet.Tests.Support;

/// <summary>The other side of a conversation with a child process: a TCP client of .NET's own, independent of the library.</summary>
internal sealed class TestClient : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;

    private TestClient(TcpClient client)
    {
        _client = client;
        Stream = client.GetStream();
        _reader = new StreamReader(Stream, Encoding.UTF8);
    }

    /// <summary>The connection's bytes.</summary>
    internal NetworkStream Stream { get; }

    /// <summary>Connects to where a program said that it listens: "listening on HOST:PORT".</summary>
    internal static async Task<TestClient> ConnectAsync(ChildProcess server) => await ConnectAsync(await EndpointOfAsync(server));

    internal static async Task<TestClient> ConnectAsync(IPEndPoint endpoint)
    {
        var client = new TcpClient(endpoint.AddressFamily);
        await client.ConnectAsync(endpoint);
        return new TestClient(client);
    }

    /// <summary>Where a program says that it listens.</summary>
    internal static async Task<IPEndPoint> EndpointOfAsync(ChildProcess server) => IPEndPoint.Parse((await server.LineAsync("listening on ")).Split(' ')[2]);

    /// <summary>Sends bytes and ends its direction.</summary>
    internal async Task SendAndEndAsync(ReadOnlyMemory<byte> data)
    {
        await Stream.WriteAsync(data);
        _client.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Breaks a connection: the peer gets a reset. (Closing a TcpClient or its stream would end it in order first.)</summary>
    internal static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    /// <summary>All that comes until the peer ends.</summary>
    internal async Task<byte[]> ReceiveAllAsync()
    {
        var all = new MemoryStream();
        await Stream.CopyToAsync(all);
        return all.ToArray();
    }

    /// <summary>Sends something and expects exactly that back, twice.</summary>
    internal async Task CheckEchoAsync()
    {
        foreach (string text in (string[])["hello", "world"])
        {
            await Stream.WriteAsync(Encoding.ASCII.GetBytes(text));
            byte[] reply = new byte[text.Length];
            await Stream.ReadExactlyAsync(reply);
            Assert.Equal(text, Encoding.ASCII.GetString(reply));
        }
    }

    internal ValueTask WriteLineAsync(string line) => Stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));

    internal Task<string?> ReadLineAsync() => _reader.ReadLineAsync();

    /// <summary>Closes it.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>Bytes that repeat nowhere near.</summary>
    internal static byte[] SomeBytes(int count, int seed)
    {
        byte[] data = new byte[count];
        new Random(seed).NextBytes(data);
        return data;
    }
}
