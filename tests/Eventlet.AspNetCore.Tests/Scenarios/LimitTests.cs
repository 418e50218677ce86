using System.Net;
using System.Net.Sockets;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Eventlet.Tests.Scenarios;

/// <summary>Limits of Kestrel's, and peers that are slow.</summary>
public abstract class LimitTests<T> : TransportTests<T>
    where T : ITransport
{
    [Fact]
    public async Task Connections_AboveTheLimit_AreClosed()
    {
        await using Site site = await StartAsync(Hello, static options => options.Kestrel = static kestrel => kestrel.Limits.MaxConcurrentConnections = 2);
        using RawConnection first = await site.ConnectAsync();
        using RawConnection second = await site.ConnectAsync();
        await AskAsync(first);
        await AskAsync(second);
        using RawConnection third = await site.ConnectAsync();
        Assert.Equal("", await third.ReceiveToEndAsync());
        await AskAsync(first);
    }

    [Fact]
    public async Task Body_AboveTheLimit_IsRefused()
    {
        await using Site site = await StartAsync(static context => context.Request.Body.CopyToAsync(Stream.Null), static options =>
            options.Kestrel = static kestrel => kestrel.Limits.MaxRequestBodySize = 1000);
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", await connection.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeepAlive_ThatIsNotUsed_Ends()
    {
        await using Site site = await StartAsync(Hello, static options => options.Kestrel = static kestrel => kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMilliseconds(100));
        using RawConnection connection = await site.ConnectAsync();
        await AskAsync(connection);
        Assert.Equal("", await connection.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Head_ThatDoesNotEnd_IsTimedOut()
    {
        await using Site site = await StartAsync(Hello, static options => options.Kestrel = static kestrel => kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(100));
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHos");
        Assert.StartsWith("HTTP/1.1 408 ", await connection.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_ThatIsTooSlow_IsTimedOut()
    {
        await using Site site = await StartAsync(static context => context.Request.Body.CopyToAsync(Stream.Null), static options =>
            options.Kestrel = static kestrel => kestrel.Limits.MinRequestBodyDataRate = new(10_000, TimeSpan.FromSeconds(1.1)));
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
        Assert.StartsWith("HTTP/1.1 408 ", await connection.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_ThatIsTooSlow_IsAborted()
    {
        await using Site site = await StartAsync(static context => context.Response.Body.WriteAsync(new byte[50_000_000]).AsTask(), static options =>
            options.Kestrel = static kestrel => kestrel.Limits.MinResponseDataRate = new(100_000_000, TimeSpan.FromSeconds(1.1)));
        using RawConnection connection = await site.ConnectAsync();
        connection.Socket.ReceiveBufferSize = 4096;
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await site.Log.Seen("ResponseMinimumDataRateNotSatisfied");
        await Assert.ThrowsAnyAsync<SocketException>(connection.ReceiveToEndAsync);
    }

    /// <summary>An application that does not read stops its client after the limit and what the system takes.</summary>
    [Fact]
    public async Task Request_ThatIsNotRead_StopsItsSender()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(async context =>
        {
            await gate.Task;
            long total = 0;
            byte[] buffer = new byte[100_000];
            for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0; total += count)
            {
            }

            await context.Response.WriteAsync($"{total}");
        }, static options =>
        {
            options.Kestrel = static kestrel => kestrel.Limits.MaxRequestBodySize = null;
            options.Transport = static transport => transport.MaxReadBufferSize = 100_000;
        });
        const int Length = 64_000_000;
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {Length}\r\n\r\n");
        int sent = 0;
        byte[] block = new byte[64_000];
        connection.Socket.Blocking = false;
        int full = 0;
        while (sent < Length && full < 20)
        {
            int count = connection.Socket.Send(block, 0, Math.Min(block.Length, Length - sent), SocketFlags.None, out SocketError error);
            sent += Math.Max(count, 0);
            full = error == SocketError.WouldBlock ? full + 1 : 0;
            if (full > 0)
            {
                await Task.Delay(10, End);
            }
        }

        Assert.True(sent < 32_000_000, $"nobody reads, and yet {sent} bytes went away");
        gate.SetResult();
        connection.Socket.Blocking = true;
        await connection.SendAsync(new byte[Length - sent]);
        Assert.Contains($"{Length}", await connection.ReceiveUntilAsync("0\r\n\r\n"), StringComparison.Ordinal);
    }

    /// <summary>A client that does not read stops the application.</summary>
    [Fact]
    public async Task Response_ThatIsNotRead_StopsItsWriter()
    {
        int written = 0;
        const int Total = 64_000_000;
        await using Site site = await StartAsync(async context =>
        {
            byte[] block = new byte[64_000];
            while (written < Total)
            {
                await context.Response.Body.WriteAsync(block);
                Interlocked.Add(ref written, block.Length);
            }
        });
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.0\r\n\r\n");
        int before;
        do
        {
            before = Volatile.Read(ref written);
            await Task.Delay(200, End);
        }
        while (before == 0 || before != Volatile.Read(ref written));

        Assert.True(before < Total, "nobody reads, and yet everything was written");
        string all = await connection.ReceiveToEndAsync();
        Assert.Equal(Total, all.Length - all.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
    }

    private static async Task AskAsync(RawConnection connection)
    {
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await connection.ReceiveUntilAsync("0\r\n\r\n");
    }

    private static Task Hello(HttpContext context) => context.Response.WriteAsync("hello");
}
