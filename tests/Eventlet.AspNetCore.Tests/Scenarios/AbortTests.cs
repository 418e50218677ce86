using System.Net.Sockets;
using Eventlet.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Scenarios;

/// <summary>Either side goes away, at every stage; and a client that has said all it wants to.</summary>
public abstract class AbortTests<T> : TransportTests<T>
    where T : ITransport
{
    /// <summary>A client that resets, before, within and after each part of a request.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("GET / HT")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task Client_Resets_ItsConnectionEndsOnce(string sent)
    {
        var ends = new EndedConnections();
        await using Site site = await StartAsync(static async context =>
        {
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException)
            {
                // Kestrel would log what the application lets out.
            }
        }, options => options.Endpoint = ends.Watch);
        using (RawConnection connection = await site.ConnectAsync())
        {
            await connection.SendAsync(sent);
            if (sent.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await connection.ReceiveUntilAsync("\r\n\r\n");
            }

            await ends.Begun(1);
            connection.Reset();
        }

        await ends.Ended(1);

        // Kestrel may log that it could not drain the body; that is no matter of the transport's.
        Assert.Equal(1, ends.ClosedCount);
    }

    [Fact]
    public async Task Client_ResetsWithinARequest_TheApplicationIsTold()
    {
        var aborted = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(async context =>
        {
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                aborted.SetResult("no error");
            }
            catch (ConnectionResetException)
            {
                aborted.SetResult("reset");
            }
            catch (Exception error)
            {
                aborted.SetResult(error.ToString());
            }
        });
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n");
        await connection.ReceiveUntilAsync("\r\n\r\n");
        connection.Reset();
        Assert.Equal("reset", await aborted.Task.WaitAsync(End));
    }

    [Fact]
    public async Task Client_Leaves_RequestAbortedFires()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(async context =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(aborted.SetResult);
            begun.SetResult();
            await aborted.Task;
        }, static options => options.Transport = static transport => transport.HalfCloseTimeout = TimeSpan.FromHours(1));
        RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await begun.Task.WaitAsync(End);
        connection.Reset();
        await aborted.Task.WaitAsync(End);
    }

    [Fact]
    public async Task Client_ClosesWithinARequest_RequestAbortedFiresInTime()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(async context =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(aborted.SetResult);
            begun.SetResult();
            await aborted.Task;
        }, static options => options.Transport = static transport => transport.HalfCloseTimeout = TimeSpan.FromMilliseconds(50));
        using (RawConnection connection = await site.ConnectAsync())
        {
            await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await begun.Task.WaitAsync(End);
        }

        await aborted.Task.WaitAsync(End);
    }

    [Fact]
    public async Task Client_LeavesDuringTheResponse_WritingEnds()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(async context =>
        {
            byte[] block = new byte[100_000];
            try
            {
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.Body.WriteAsync(block, context.RequestAborted);
                }
            }
            catch (OperationCanceledException)
            {
                // As it should be.
            }

            ended.SetResult();
        });
        RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await connection.ReceiveUntilAsync("\r\n\r\n");
        connection.Reset();
        await ended.Task.WaitAsync(End);
    }

    [Fact]
    public async Task Client_EndsItsHalf_TheResponseIsSent()
    {
        Assert.SkipWhen(T.HubName is null, "the stock transport drops the response when the client's end comes before it");
        await using Site site = await StartAsync(static async context =>
        {
            await Task.Yield();
            await context.Response.WriteAsync("hello");
        });
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        connection.EndSending();
        Assert.EndsWith("hello\r\n0\r\n\r\n", await connection.ReceiveToEndAsync(), StringComparison.Ordinal);
    }

    /// <summary>The server aborts before, within and after the response's head: the client sees a reset.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Server_Aborts_TheClientSeesAReset(int stage)
    {
        var ends = new EndedConnections();
        await using Site site = await StartAsync(async context =>
        {
            if (stage > 0)
            {
                await context.Response.WriteAsync("some");
                await context.Response.Body.FlushAsync();
            }

            if (stage > 1)
            {
                await Task.Yield();
            }

            context.Abort();
            Assert.True(context.RequestAborted.WaitHandle is not null);
        }, options => options.Endpoint = ends.Watch);
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        if (T.HubName is null && stage == 0)
        {
            // The stock transport ends such a connection without a reset.
            try
            {
                await connection.ReceiveToEndAsync();
            }
            catch (SocketException)
            {
            }
        }
        else
        {
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                string all = await connection.ReceiveToEndAsync();
                Assert.Fail("it ended without a reset, after: " + all);
            });
        }

        await ends.Ended(1);
        Assert.Equal(1, ends.ClosedCount);
    }

    [Fact]
    public async Task Connection_AbortedByMiddleware_EndsWithItsReason()
    {
        var seen = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(static _ => Task.CompletedTask, options => options.Endpoint = endpoint => endpoint.Use(_ => async connection =>
        {
            System.IO.Pipelines.ReadResult first = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(first.Buffer.End);
            ValueTask<System.IO.Pipelines.ReadResult> reading = connection.Transport.Input.ReadAsync();
            connection.Abort(new ConnectionAbortedException("enough"));
            try
            {
                await reading;
                seen.SetResult(new InvalidOperationException("no error"));
            }
            catch (Exception error)
            {
                seen.SetResult(error);
            }
        }));
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("x");
        Exception error = await seen.Task.WaitAsync(End);
        Assert.Equal("enough", Assert.IsType<ConnectionAbortedException>(error).Message);
    }
}
