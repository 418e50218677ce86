using System.Net;
using System.Text;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Resolving;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>HttpClient over green sockets.</summary>
public abstract class HttpClientTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Requests_OnOneConnection_AreAnswered_OnTheHub() => OnGreen(async () =>
    {
        using TestListener listener = TestListener.Make();
        int connections = 0;
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, connection =>
        {
            connections++;
            return AnswerAsync(connection);
        }));
        Thread mine = Thread.CurrentThread;
        using (var client = new HttpClient(GreenHttp.CreateHandler()))
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.Equal($"/{i}", await client.GetStringAsync(new Uri($"http://{listener.Address}/{i}")));
                Assert.Same(mine, Thread.CurrentThread);
                Assert.Same(Hubs.GetHub(), Hub.Running);
            }
        }

        Assert.Equal(1, connections);
        server.Kill();
        await server;
        await Turns.AloneAsync();
    });

    [Fact]
    public void Server_ThatIsNotThere_IsAnErrorOfTheRequest() => OnGreen(async () =>
    {
        TestListener listener = TestListener.Make();
        listener.Dispose();
        using var client = new HttpClient(GreenHttp.CreateHandler());
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri($"http://{listener.Address}/")));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
    });

    [Fact]
    public void HostName_IsAskedOfTheResolverOfGreenDns_AndCached() => OnGreen(async () =>
    {
        using DnsTestServer names = DnsTestServer.Zone(static (name, type, reply) =>
        {
            // An answer without records is kept as long as its SOA says.
            _ = type == DnsType.A ? reply.A(name, "127.0.0.1") : reply.Soa("test");
            return name == "shop.test";
        });
        GreenResolver before = GreenDns.Default;
        GreenDns.Default = new GreenResolver(names.Options());
        using TestListener listener = TestListener.Make();
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, AnswerAsync));
        try
        {
            for (int i = 0; i < 2; i++)
            {
                // A client of its own each, so that each opens a connection.
                using var client = new HttpClient(GreenHttp.CreateHandler());
                Assert.Equal("/there", await client.GetStringAsync(new Uri($"http://shop.test:{((IPEndPoint)listener.Address).Port}/there")));
            }

            Assert.Equal(["shop.test A", "shop.test AAAA"], names.Queries.Order());
            using var lost = new HttpClient(GreenHttp.CreateHandler());
            var error = await Assert.ThrowsAsync<HttpRequestException>(() => lost.GetStringAsync(new Uri("http://nobody.test/")));
            Assert.Equal(HttpRequestError.NameResolutionError, error.HttpRequestError);
        }
        finally
        {
            GreenDns.Default = before;
            server.Kill();
        }

        await server;
        await Turns.AloneAsync();
    });

    /// <summary>Answers each request with its path.</summary>
    private static async Task AnswerAsync(GreenSocket connection)
    {
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
        while (await reader.ReadLineAsync() is { Length: > 0 } request)
        {
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            string path = request.Split(' ')[1];
            await connection.SendAllAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {path.Length}\r\n\r\n{path}"));
        }
    }
}

public sealed class HttpClientOnEpoll : HttpClientTests<EpollHub>;

public sealed class HttpClientOnIoUring : HttpClientTests<IoUringHub>;

public sealed class HttpClientOnPoll : HttpClientTests<PollHub>;

public sealed class HttpClientOnSelect : HttpClientTests<SelectHub>;
