using System.Net;
using System.Net.Sockets;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Eventlet.Tests.Scenarios;

/// <summary>Where a server listens.</summary>
public abstract class EndpointTests<T> : TransportTests<T>
    where T : ITransport
{
    [Fact]
    public async Task UnixSocket_Serves()
    {
        string path = Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}.sock");
        await using (Site site = await StartAsync(Hello, options =>
        {
            options.HasOwnEndpoints = true;
            options.Kestrel = kestrel => kestrel.ListenUnixSocket(path);
        }))
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), End);
            using var connection = new RawConnection(socket);
            for (int i = 0; i < 3; i++)
            {
                await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                await connection.ReceiveUntilAsync("0\r\n\r\n");
            }
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task AnyAddress_OfIPv6_TakesIPv4Too()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this system has no IPv6");
        await using Site site = await StartAsync(Hello, static options =>
        {
            options.HasOwnEndpoints = true;
            options.Kestrel = static kestrel => kestrel.ListenAnyIP(0);
        });
        using HttpResponseMessage response = await site.Client.GetAsync("/", End);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(End));
        using var client = new HttpClient();
        Assert.Equal("hello", await client.GetStringAsync(new Uri($"http://[::1]:{site.Port}/"), End));
    }

    [Fact]
    public async Task Address_InUse_SaysSo()
    {
        await using Site site = await StartAsync(Hello);
        IOException error = await Assert.ThrowsAsync<IOException>(() => StartAsync(Hello, options =>
        {
            options.HasOwnEndpoints = true;
            options.Kestrel = kestrel => kestrel.Listen(IPAddress.Loopback, site.Port);
        }));
        Assert.IsType<AddressInUseException>(error.InnerException);
    }

    [Fact]
    public async Task Handle_OfAListeningSocket_Serves()
    {
        Assert.SkipWhen(T.HubName is null, "the stock transport takes the handle over, and this test is its owner");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using (await StartAsync(Hello, options =>
        {
            options.HasOwnEndpoints = true;
            options.Kestrel = kestrel => kestrel.ListenHandle((ulong)listener.Handle);
        }))
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}/") };
            Assert.Equal("hello", await client.GetStringAsync("/", End));
        }

        // It stays its owner's, listening.
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await late.ConnectAsync(listener.LocalEndPoint!, End);
        listener.Blocking = true;
        using Socket accepted = listener.Accept();
    }

    [Fact]
    public async Task Address_OfBothSides_IsTold()
    {
        await using Site site = await StartAsync(static context => context.Response.WriteAsync(
            $"{context.Connection.LocalIpAddress}:{context.Connection.LocalPort} {context.Connection.RemoteIpAddress}:{context.Connection.RemotePort} {context.Connection.Id}"));
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Contains($"127.0.0.1:{site.Port} {connection.Socket.LocalEndPoint} ", await connection.ReceiveUntilAsync("0\r\n\r\n"), StringComparison.Ordinal);
    }

    private static Task Hello(HttpContext context) => context.Response.WriteAsync("hello");
}
