using System.Net;
using System.IO.Pipelines;
using Eventlet.AspNetCore;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Eventlet.Tests.Hosting;

/// <summary>Connections of clients on hubs.</summary>
public sealed class ClientTests
{
    private static CancellationToken End => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConnectionFactory_AndListenerFactory_TalkToEachOther()
    {
        await using ServiceProvider services = new ServiceCollection().AddHubConnections(static options => options.Hubs = 2).BuildServiceProvider();
        var factory = services.GetRequiredService<HubConnectionListenerFactory>();
        await using IConnectionListener listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), End);
        Task serving = Serve(listener);
        var client = services.GetRequiredService<IConnectionFactory>();
        foreach (EndPoint at in (EndPoint[])[listener.EndPoint, new DnsEndPoint("localhost", ((IPEndPoint)listener.EndPoint).Port)])
        {
            await using ConnectionContext connection = await client.ConnectAsync(at, End);
            for (int i = 0; i < 10; i++)
            {
                await connection.Transport.Output.WriteAsync(new byte[10_000], End);
                ReadResult result = await connection.Transport.Input.ReadAtLeastAsync(10_000, End);
                Assert.Equal(10_000, result.Buffer.Length);
                connection.Transport.Input.AdvanceTo(result.Buffer.End);
            }
        }

        await listener.UnbindAsync(End);
        await serving;
    }

    [Fact]
    public async Task Client_InAGreenThread_ComesBackToIt()
    {
        await using Site site = await Site.StartAsync<EpollPool>(static context => context.Response.WriteAsync("hello"), static options => options.Services = static services => services.AddHubConnections());
        var client = site.Services.GetRequiredService<IConnectionFactory>();
        Hub hub = site.Services.GetRequiredService<HubTransport>().Group.Hubs[0];
        bool stayed = await hub.InvokeAsync(async () =>
        {
            GreenThread? self = GreenThread.Current;
            await using ConnectionContext connection = await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, site.Port));
            bool same = GreenThread.Current == self;
            await connection.Transport.Output.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
            same &= GreenThread.Current == self;
            await connection.Transport.Input.ReadAsync();
            return same && GreenThread.Current == self;
        });
        Assert.True(stayed);
    }

    [Fact]
    public async Task Connect_Refused_Throws()
    {
        await using ServiceProvider services = new ServiceCollection().AddHubConnections().BuildServiceProvider();
        var client = services.GetRequiredService<IConnectionFactory>();
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(async () => await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 1), End));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await client.ConnectAsync(new NamedPipeEndPoint("x"), End));
    }

    [Fact]
    public async Task HttpClientFactory_OnHubs_Asks()
    {
        await using Site site = await Site.StartAsync<EpollHub>(static context => context.Response.WriteAsync("hello"), static options =>
            options.Services = static services => services.AddHttpClient("green").AddHubs());
        using HttpClient client = site.Services.GetRequiredService<IHttpClientFactory>().CreateClient("green");
        // Handlers of the factory outlive the application: no connection shall.
        client.DefaultRequestHeaders.ConnectionClose = true;
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("hello", await client.GetStringAsync(site.Address, End));
        }
    }

    private static async Task Serve(IConnectionListener listener)
    {
        while (await listener.AcceptAsync() is { } accepted)
        {
            await using ConnectionContext connection = accepted;
            while (true)
            {
                ReadResult result = await connection.Transport.Input.ReadAsync();
                foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                {
                    await connection.Transport.Output.WriteAsync(segment);
                }

                connection.Transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }

            await connection.Transport.Output.CompleteAsync();
        }
    }
}
