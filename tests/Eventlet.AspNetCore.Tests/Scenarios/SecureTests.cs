using System.Net;
using System.Security.Cryptography;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Scenarios;

/// <summary>TLS and HTTP/2, each and both.</summary>
public abstract class SecureTests<T> : TransportTests<T>
    where T : ITransport
{
    [Theory]
    [InlineData(HttpProtocols.Http1, true)]
    [InlineData(HttpProtocols.Http2, true)]
    [InlineData(HttpProtocols.Http2, false)]
    public async Task Echo_SideBySide_IsExact(HttpProtocols protocol, bool isSecure)
    {
        await using Site site = await StartAsync(EchoAsync, options => options.Endpoint = endpoint =>
        {
            endpoint.Protocols = protocol;
            if (isSecure)
            {
                endpoint.UseHttps(Certificates.Server);
            }
        });
        using HttpClient client = Certificates.CreateClient(site.Address);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            for (int round = 0; round < 3; round++)
            {
                byte[] body = RandomNumberGenerator.GetBytes(i * 10_000 + round);
                using var request = new HttpRequestMessage(HttpMethod.Post, "/")
                {
                    Content = new ByteArrayContent(body),
                    Version = protocol == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                    VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                };
                using HttpResponseMessage response = await client.SendAsync(request, End);
                Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(End));
            }
        }));
        site.Log.ExpectNoErrors();
    }

    [Fact]
    public async Task Http2_StreamBothWaysAtOnce()
    {
        await using Site site = await StartAsync(EchoAsync, static options => options.Endpoint = static endpoint => endpoint.Protocols = HttpProtocols.Http2);
        using HttpClient client = Certificates.CreateClient(site.Address);
        var bytes = System.Threading.Channels.Channel.CreateUnbounded<byte>();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Content = new FlushingContent(bytes.Reader),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Task<HttpResponseMessage> responding = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, End);
        bytes.Writer.TryWrite(0);
        using HttpResponseMessage response = await responding;
        await using Stream answer = await response.Content.ReadAsStreamAsync(End);
        byte[] one = new byte[1];
        for (byte i = 0; i < 20; i++)
        {
            Assert.Equal(1, await answer.ReadAsync(one, End));
            Assert.Equal(i, one[0]);
            bytes.Writer.TryWrite((byte)(i + 1));
        }

        bytes.Writer.Complete();
        await answer.CopyToAsync(Stream.Null, End);
    }

    [Fact]
    public async Task Handshake_ThatIsNone_IsRefusedAndHarmsNobody()
    {
        await using Site site = await StartAsync(EchoAsync, static options => options.Endpoint = static endpoint => endpoint.UseHttps(Certificates.Server));
        using (RawConnection wrong = await site.ConnectAsync())
        {
            await wrong.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await wrong.ReceiveToEndAsync();
        }

        using HttpClient client = Certificates.CreateClient(site.Address);
        using HttpResponseMessage response = await client.GetAsync("/", End);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        byte[] buffer = new byte[16_000];
        for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, count));
            await context.Response.Body.FlushAsync();
        }
    }

    /// <summary>Sends each byte as it comes.</summary>
    private sealed class FlushingContent(System.Threading.Channels.ChannelReader<byte> bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await foreach (byte one in bytes.ReadAllAsync())
            {
                await stream.WriteAsync(new[] { one });
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
