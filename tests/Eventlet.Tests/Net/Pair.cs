using System.Net;
using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Tests.Net;

/// <summary>The kinds of stream sockets.</summary>
public enum Transport
{
    /// <summary>TCP over IPv4.</summary>
    IPv4,

    /// <summary>TCP over IPv6.</summary>
    IPv6,

    /// <summary>A Unix stream socket.</summary>
    Unix,
}

/// <summary>A listener and the address that it listens on, and whatever must be removed afterwards.</summary>
internal sealed class TestListener : IDisposable
{
    private readonly string? _path;

    private TestListener(GreenSocket socket, EndPoint address, string? path)
    {
        Socket = socket;
        Address = address;
        _path = path;
    }

    internal GreenSocket Socket { get; }

    internal EndPoint Address { get; }

    internal static TestListener Make(Transport transport = Transport.IPv4, int backlog = 512)
    {
        if (transport == Transport.Unix)
        {
            string path = Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}");
            var address = new UnixDomainSocketEndPoint(path);
            return new TestListener(GreenNet.Listen(address, backlog), address, path);
        }

        Assert.SkipUnless(transport == Transport.IPv4 || System.Net.Sockets.Socket.OSSupportsIPv6, "this system has no IPv6");
        GreenSocket socket = GreenNet.Listen(new IPEndPoint(transport == Transport.IPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0), backlog);
        return new TestListener(socket, socket.LocalEndPoint!, null);
    }

    public void Dispose()
    {
        Socket.Close();
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }
}

/// <summary>Two connected sockets.</summary>
internal sealed class Pair : IDisposable
{
    private Pair(GreenSocket client, GreenSocket server)
    {
        Client = client;
        Server = server;
    }

    internal GreenSocket Client { get; }

    internal GreenSocket Server { get; }

    /// <summary>Connects two sockets; from a greenthread.</summary>
    internal static async Task<Pair> MakeAsync(Transport transport = Transport.IPv4)
    {
        using TestListener listener = TestListener.Make(transport);
        GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
        return new Pair(client, await listener.Socket.AcceptAsync());
    }

    /// <summary>Connects two sockets with the smallest send buffers that the system gives. (With the smallest receive buffers too, TCP falls into pauses of 200 ms.)</summary>
    internal static async Task<Pair> MakeTinyAsync(Transport transport = Transport.IPv4)
    {
        Pair pair = await MakeAsync(transport);
        foreach (GreenSocket socket in (GreenSocket[])[pair.Client, pair.Server])
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.SendBuffer, 1);
        }

        return pair;
    }

    /// <summary>Connects two sockets; from a plain thread, whose hub does not run for it.</summary>
    internal static Pair Make(Transport transport = Transport.IPv4)
    {
        using TestListener listener = TestListener.Make(transport);
        GreenSocket client = GreenNet.Connect(listener.Address);
        return new Pair(client, listener.Socket.Accept());
    }

    public void Dispose()
    {
        Client.Close();
        Server.Close();
    }
}

/// <summary>Bytes that tell where they belong.</summary>
internal static class Pattern
{
    internal static byte[] Of(int length, int seed = 0)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Fails without printing megabytes.</summary>
    internal static void AssertSame(byte[] expected, byte[] actual) => Assert.True(expected.AsSpan().SequenceEqual(actual), $"{actual.Length} bytes came, of {expected.Length}, or others");

    /// <summary>Receives that many bytes, or up to the end of the stream.</summary>
    internal static async Task<byte[]> ReceiveAsync(GreenSocket socket, int length, int step = 65536)
    {
        byte[] bytes = new byte[length];
        int received = 0;
        while (received < length)
        {
            int count = await socket.ReceiveAsync(bytes.AsMemory(received, Math.Min(step, length - received)));
            if (count == 0)
            {
                break;
            }

            received += count;
        }

        return bytes[..received];
    }
}
