using System.Net;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Interop.Servers;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Interop;

/// <summary>HttpClient over green sockets against Kestrel on its stock transport, with TLS.</summary>
public abstract class HttpAgainstKestrelTests<THub>(KestrelServer server) : GreenTests<THub>, IClassFixture<KestrelServer>
    where THub : IHubFixture
{
    private readonly Homecoming _awaits = new();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public void Requests_OfManyGreenthreads_GetTheirOwnBodies(string version) => Send(version, requests: 2_500, greenthreads: 20);

    /// <summary>100,000 over both hubs and both versions.</summary>
    [Theory(Explicit = true, Timeout = 0)]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public void TwentyFiveThousandRequests_GetTheirOwnBodies(string version) => Send(version, requests: 25_000, greenthreads: 50);

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public void Kill_EndsARequest_AndTheOthersGoOn(string version) => OnGreen(async () =>
    {
        using HttpClient client = Client(version);
        var neverEnding = new NeverEndingContent();
        GreenThread request = GreenThread.Spawn(async () =>
        {
            using HttpRequestMessage message = Message(neverEnding, version);
            await client.SendAsync(message, GreenThread.Current!.CancellationToken);
        });
        await neverEnding.Begun.WaitAsync();
        Assert.True(await IsReversedAsync(client, 1, version));
        request.Kill();
        await request;
        Assert.True(request.WasKilled);
        await Assert.ThrowsAsync<GreenTimeoutException>(() => GreenTimeout.WithTimeout(Seconds(0.2), async token =>
        {
            using HttpRequestMessage message = Message(new NeverEndingContent(), version);
            await client.SendAsync(message, token);
        }));
        Assert.True(await IsReversedAsync(client, 2, version));
    });

    private void Send(string version, int requests, int greenthreads) => OnMain(() => Hubs.GetHub().Run(async () =>
    {
        using HttpClient client = Client(version);
        GreenThread<int>[] all = [.. Enumerable.Range(0, greenthreads).Select(i => GreenThread.Spawn(async () =>
        {
            int right = 0;
            for (int request = i; request < requests; request += greenthreads)
            {
                right += await IsReversedAsync(client, request, version) ? 1 : 0;
            }

            return right;
        }))];
        int sum = 0;
        foreach (GreenThread<int> one in all)
        {
            sum += await one;
        }

        // A response and its body for each.
        Assert.Equal((requests, 2 * requests, 0), (sum, _awaits.Count, _awaits.Astray));
    }), limit: TimeSpan.FromMinutes(5));

    private async Task<bool> IsReversedAsync(HttpClient client, int seed, string version)
    {
        byte[] bytes = new byte[seed % 100 == 99 ? 200_000 : seed * 37 % 4096];
        new Random(seed).NextBytes(bytes);
        using HttpRequestMessage message = Message(new ByteArrayContent(bytes), version);
        using HttpResponseMessage response = await _awaits.Of(client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead));
        byte[] body = await _awaits.Of(response.Content.ReadAsByteArrayAsync());
        Array.Reverse(body);
        return response.StatusCode == HttpStatusCode.OK && response.Version == new Version(version)
            && response.Headers.GetValues("X-Protocol").Single() == (version == "2.0" ? "HTTP/2" : "HTTP/1.1") && body.AsSpan().SequenceEqual(bytes);
    }

    private HttpRequestMessage Message(HttpContent content, string version) => new(HttpMethod.Post, server.Address)
    {
        Content = content,
        Version = new Version(version),
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private HttpClient Client(string version)
    {
        SocketsHttpHandler handler = GreenHttp.CreateHandler();
        handler.MaxConnectionsPerServer = version == "2.0" ? 1 : 8;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == server.CertificateHash;
        return new HttpClient(handler);
    }

    /// <summary>A body whose first bytes are sent and whose end does not come.</summary>
    private sealed class NeverEndingContent : HttpContent
    {
        internal GreenEvent<bool> Begun { get; } = new();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[100], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            Begun.Send(true);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

public sealed class HttpAgainstKestrelOnEpoll(KestrelServer server) : HttpAgainstKestrelTests<EpollHub>(server);

public sealed class HttpAgainstKestrelOnIoUring(KestrelServer server) : HttpAgainstKestrelTests<IoUringHub>(server);
