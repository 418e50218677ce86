using Eventlet.AspNetCore;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Scenarios;

/// <summary>An application that runs on the hub stays there.</summary>
public abstract class StayTests<T> : TransportTests<T>
    where T : ITransport
{
    [Fact]
    public async Task Requests_FromTheFirstToTheLast_StayInOneGreenThreadOfOneHub()
    {
        using var hops = new HopCounter();
        var places = new List<string>();
        await using Site site = await StartAsync(async context =>
        {
            Note("begin");
            await Task.Delay(1);
            Note("delay");
            await Task.Run(static () => Thread.Sleep(1));
            Note("run");
            await Task.Yield();
            Note("yield");
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            Note("sleep");
            await context.Request.Body.CopyToAsync(Stream.Null);
            Note("body");
            var source = new TaskCompletionSource();
            ThreadPool.QueueUserWorkItem(_ => source.SetResult());
            await source.Task;
            Note("source");
            await context.Response.WriteAsync("hello");
            await context.Response.Body.FlushAsync();
            Note("flush");

            void Note(string what) => places.Add(GreenThread.Current is { } green && green.Hub.IsCurrent && green.Hub == context.Features.Get<IHubFeature>()!.Hub
                ? $"{Environment.CurrentManagedThreadId} {green.GetHashCode()}"
                : $"{what} is off the hub");
        });
        hops.Watch(site);
        using RawConnection connection = await site.ConnectAsync();
        for (int i = 0; i < 10; i++)
        {
            await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
            await connection.SendAsync("abc");
            await connection.ReceiveUntilAsync("0\r\n\r\n");
        }

        Assert.Single(places.Distinct());
        Assert.Equal(80, places.Count);
        Assert.Equal(0, hops.Count);
    }

    [Fact]
    public async Task Application_ThatHasLeft_IsBroughtBackAndCounted()
    {
        using var hops = new HopCounter();
        var begins = new List<bool>();
        await using Site site = await StartAsync(async context =>
        {
            begins.Add(GreenThread.Current is not null);
            await Leave();
        });
        hops.Watch(site);
        using RawConnection connection = await site.ConnectAsync();
        const int Count = 5;
        for (int i = 0; i < Count; i++)
        {
            await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await connection.ReceiveUntilAsync("\r\n\r\n");
        }

        Assert.Equal(Enumerable.Repeat(true, Count), begins);
        Assert.Equal(0, hops.Count);
        await using Site left = await StartAsync(static async _ => await Leave().ConfigureAwait(false));
        hops.Watch(left);
        using RawConnection leaving = await left.ConnectAsync();
        for (int i = 0; i < Count; i++)
        {
            await leaving.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await leaving.ReceiveUntilAsync("\r\n\r\n");
        }

        // An await of Kestrel's own brings most of them back without a count.
        Assert.True(hops.Count <= Count, $"{hops.Count} hops");

        static async Task Leave() => await Task.Delay(1).ConfigureAwait(false);
    }

    [Fact]
    public async Task Http2_AndTls_RunOnTheHub()
    {
        int off = 0;
        await using Site site = await StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            if (GreenThread.Current?.Hub != context.Features.Get<IHubFeature>()!.Hub)
            {
                Interlocked.Increment(ref off);
            }

            await context.Response.WriteAsync(context.Request.Protocol);
        }, static options => options.Endpoint = static endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1AndHttp2;
            endpoint.UseHttps(Certificates.Server);
        });
        using HttpClient client = Certificates.CreateClient(site.Address);
        foreach (Version version in (Version[])[new(1, 1), new(2, 0)])
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(new byte[20_000]) };
                using HttpResponseMessage response = await client.SendAsync(request, End);
                Assert.Equal(version.Major == 2 ? "HTTP/2" : "HTTP/1.1", await response.Content.ReadAsStringAsync(End));
            }));
        }

        Assert.Equal(0, off);
    }
}
