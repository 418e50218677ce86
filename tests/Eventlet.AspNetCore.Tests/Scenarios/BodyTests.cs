using System.Net;
using System.Security.Cryptography;
using System.Text;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Eventlet.Tests.Scenarios;

/// <summary>Bodies of all framings, both ways.</summary>
public abstract class BodyTests<T> : TransportTests<T>
    where T : ITransport
{
    private static readonly int[] s_sizes = [0, 1, 2047, 2048, 4095, 4096, 4097, 65_535, 1_000_003];

    [Fact]
    public async Task Echo_OfEverySize_WithLengthAndChunked_IsExact()
    {
        await using Site site = await StartAsync(EchoAsync);
        foreach (int size in s_sizes)
        {
            byte[] body = RandomNumberGenerator.GetBytes(size);
            foreach (bool chunked in (bool[])[false, true])
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(body) };
                request.Headers.TransferEncodingChunked = chunked;
                using HttpResponseMessage response = await site.Client.SendAsync(request, End);
                Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(End));
            }
        }
    }

    [Fact]
    public async Task Response_WithLength_HasIt()
    {
        await using Site site = await StartAsync(static context =>
        {
            context.Response.ContentLength = 300_000;
            return context.Response.Body.WriteAsync(new byte[300_000]).AsTask();
        });
        using HttpResponseMessage response = await site.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, End);
        Assert.Equal(300_000, response.Content.Headers.ContentLength);
        Assert.Equal(300_000, (await response.Content.ReadAsByteArrayAsync(End)).Length);
    }

    [Fact]
    public async Task Response_OfHttp10_EndsWithTheConnection()
    {
        await using Site site = await StartAsync(static async context =>
        {
            await context.Response.WriteAsync(new string('a', 100_000));
            await context.Response.WriteAsync("end");
        });
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.0\r\n\r\n");
        string all = await connection.ReceiveToEndAsync();
        Assert.DoesNotContain("chunked", all[..200], StringComparison.Ordinal);
        Assert.EndsWith("aend", all, StringComparison.Ordinal);
        Assert.Equal(100_003, all.Length - all.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
    }

    [Fact]
    public async Task Request_ByteByByte_IsUnderstood()
    {
        // The whole body at once: in how many pieces it is read is a matter of timing.
        await using Site site = await StartAsync(static async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
            string body = await reader.ReadToEndAsync();
            context.Response.ContentLength = body.Length;
            await context.Response.WriteAsync(body);
        });
        using RawConnection connection = await site.ConnectAsync();
        foreach (char c in "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n")
        {
            await connection.SendAsync(c.ToString());
        }

        Assert.Equal("helloabc", (await connection.ReceiveResponseAsync()).Body);
    }

    [Fact]
    public async Task Requests_Pipelined_AreAnsweredInOrder()
    {
        await using Site site = await StartAsync(static context =>
        {
            context.Response.ContentLength = context.Request.Path.Value!.Length;
            return context.Response.WriteAsync(context.Request.Path);
        });
        using RawConnection connection = await site.ConnectAsync();
        const int Count = 200;
        await connection.SendAsync(string.Concat(Enumerable.Range(0, Count).Select(static i => $"GET /{i} HTTP/1.1\r\nHost: x\r\n\r\n")));
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal($"/{i}", (await connection.ReceiveResponseAsync()).Body);
        }
    }

    [Fact]
    public async Task ExpectContinue_IsAskedForTheBodyFirst()
    {
        await using Site site = await StartAsync(EchoAsync);
        using RawConnection connection = await site.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await connection.ReceiveUntilAsync("\r\n\r\n"));
            await connection.SendAsync("hello");
            Assert.Contains("hello", await connection.ReceiveUntilAsync("0\r\n\r\n"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Response_WithoutBody_HasNone()
    {
        await using Site site = await StartAsync(static context =>
        {
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        using var head = new HttpRequestMessage(HttpMethod.Head, "/");
        using HttpResponseMessage response = await site.Client.SendAsync(head, End);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task Trailers_OfARequest_Arrive()
    {
        await using Site site = await StartAsync(static async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
            string body = await reader.ReadToEndAsync();
            await context.Response.WriteAsync(body + context.Request.GetTrailer("x-sum"));
        });
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 42\r\n\r\n");
        Assert.Contains("hello42", await connection.ReceiveUntilAsync("0\r\n\r\n"), StringComparison.Ordinal);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        byte[] buffer = new byte[7000];
        for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, count));
        }
    }
}
