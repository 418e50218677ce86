using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Eventlet.Tests.Scenarios;

/// <summary>One request after the other.</summary>
public abstract class PlainTests<T> : TransportTests<T>
    where T : ITransport
{
    /// <summary>Plain text over a keep-alive connection.</summary>
    [Fact]
    public async Task Requests_OnOneConnection_AreAnswered()
    {
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello " + context.Request.Path));
        using RawConnection connection = await site.ConnectAsync();
        for (int i = 0; i < 5; i++)
        {
            await connection.SendAsync($"GET /{i} HTTP/1.1\r\nHost: x\r\n\r\n");
            string answer = await connection.ReceiveUntilAsync($"hello /{i}\r\n0\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer);
        }
    }

    /// <summary>What Kestrel counts of its connections it counts on every transport.</summary>
    [Fact]
    public async Task KestrelMetrics_AreThere()
    {
        using var counts = new KestrelCounts();
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello"));
        counts.Watch(site);
        using (RawConnection connection = await site.ConnectAsync())
        {
            await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await connection.ReceiveUntilAsync("hello");
            Assert.Equal(1, counts.Active);
        }

        Assert.Equal(["http", "1.1", "127.0.0.1", site.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "tcp"], await counts.Ended.WaitAsync(End));
        Assert.Equal(0, counts.Active);
    }
}
