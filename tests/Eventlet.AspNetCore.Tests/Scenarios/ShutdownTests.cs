using System.Net.Sockets;
using Eventlet.AspNetCore;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Eventlet.Tests.Scenarios;

/// <summary>A server that stops.</summary>
public abstract class ShutdownTests<T> : TransportTests<T>
    where T : ITransport
{
    [Fact]
    public async Task Stop_LetsRequestsEndAndTakesNoNewConnection()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(async context =>
        {
            begun.SetResult();
            await gate.Task;
            await context.Response.WriteAsync("done");
        });
        int port = site.Port;
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await begun.Task.WaitAsync(End);
        Task stopping = site.StopAsync(End);
        SocketException? refused = null;
        while (refused is null)
        {
            using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await late.ConnectAsync("127.0.0.1", port, End);
            }
            catch (SocketException error)
            {
                refused = error;
            }
        }

        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        Assert.False(stopping.IsCompleted);
        gate.SetResult();
        Assert.EndsWith("done\r\n0\r\n\r\n", await connection.ReceiveToEndAsync(), StringComparison.Ordinal);
        await stopping;
    }

    /// <summary>Somebody disposes the hubs below a server that runs: what would wait for them learns of it. An application on the hub ends with it.</summary>
    [Fact]
    public async Task Hubs_ThatAreDisposed_TakeTheirConnectionsWithThem()
    {
        Assert.SkipWhen(T.HubName is null, "the stock transport has no hubs");
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ends = new EndedConnections();
        await using Site site = await StartAsync(async context =>
        {
            var aborted = new TaskCompletionSource();
            using CancellationTokenRegistration registration = context.RequestAborted.Register(aborted.SetResult);
            begun.SetResult();
            await aborted.Task;
        }, options => options.Endpoint = ends.Watch);
        using RawConnection idle = await site.ConnectAsync();
        using RawConnection busy = await site.ConnectAsync();
        await ends.Begun(2);
        await busy.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await begun.Task.WaitAsync(End);
        foreach (Hub hub in site.Services.GetRequiredService<HubTransport>().RunningHubs)
        {
            hub.Dispose();
        }

        await ends.Closed(2);
        await Assert.ThrowsAnyAsync<SocketException>(() => idle.ReceiveToEndAsync());
        await Assert.ThrowsAnyAsync<SocketException>(() => busy.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Stop_EndsIdleConnections()
    {
        await using Site site = await StartAsync(static context => context.Response.WriteAsync("hello"));
        using RawConnection used = await site.ConnectAsync();
        await used.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await used.ReceiveUntilAsync("0\r\n\r\n");
        await site.StopAsync(End);
        Assert.Equal("", await used.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Stop_AbortsWhatDoesNotEnd()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(async context =>
        {
            begun.SetResult();
            await context.Request.Body.CopyToAsync(Stream.Null);
        }, static options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(200));
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
        await begun.Task.WaitAsync(End);
        try
        {
            await site.StopAsync(End);
        }
        catch (OperationCanceledException)
        {
            // As the host tells that time was up.
        }

        await Assert.ThrowsAnyAsync<Exception>(async () => Assert.NotEqual("", await connection.ReceiveToEndAsync()));
    }

    /// <summary>Under load: each connection gets whole responses until it ends between two of them.</summary>
    [Fact]
    public async Task Stop_UnderLoad_LosesNoResponse()
    {
        await using Site site = await StartAsync(static context =>
        {
            context.Response.ContentLength = 5000;
            return context.Response.WriteAsync(new string('x', 5000));
        });
        using var warm = new SemaphoreSlim(0);
        RawConnection[] connections = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => site.ConnectAsync()));
        Task<int>[] clients = [.. connections.Select(async connection =>
        {
            using RawConnection client = connection;
            for (int count = 0; ; count++)
            {
                try
                {
                    await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                    (string head, string body) = await client.ReceiveResponseAsync();
                    Assert.Equal(5000, body.Length);
                    if (count == 10)
                    {
                        warm.Release();
                    }

                    if (head.Contains("Connection: close", StringComparison.Ordinal))
                    {
                        Assert.Equal("", await client.ReceiveToEndAsync());
                        return count;
                    }
                }
                catch (Exception error) when (error is SocketException || error.Message.Contains("after: \n", StringComparison.Ordinal) || error.Message.EndsWith("after: ", StringComparison.Ordinal))
                {
                    // It ended between a response and the next request, which nobody has seen.
                    return count;
                }
            }
        })];
        for (int i = 0; i < connections.Length; i++)
        {
            await warm.WaitAsync(End);
        }

        await site.StopAsync(End);
        int[] counts = await Task.WhenAll(clients);
        Assert.All(counts, static count => Assert.True(count >= 10));
        site.Log.ExpectNoErrors();
    }
}
