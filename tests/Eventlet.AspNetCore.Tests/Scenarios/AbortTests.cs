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

    /// <summary>The order in which the application is told: the input has failed when ConnectionClosed fires, so whoever is told by that finds the reason there.</summary>
    [Fact]
    public async Task Client_Resets_TheInputHasFailedWhenConnectionClosedFires()
    {
        var found = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(static _ => Task.CompletedTask, options => options.Endpoint = endpoint => endpoint.Use(_ => async connection =>
        {
            System.IO.Pipelines.PipeReader input = connection.Transport.Input;
            input.AdvanceTo((await input.ReadAsync()).Buffer.End);
            connection.ConnectionClosed.Register(() => found.SetResult(Record.Exception(() => input.TryRead(out System.IO.Pipelines.ReadResult _))));
            begun.SetResult();
            await found.Task;
        }));
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("x");
        await begun.Task.WaitAsync(End);
        connection.Reset();
        Assert.IsType<ConnectionResetException>(await found.Task.WaitAsync(End));
    }

    /// <summary>A read that is pending when the reset comes fails with it; on a hub, which does one thing after the other, before ConnectionClosed fires.</summary>
    [Fact]
    public async Task Client_ResetsWhileItIsReadFrom_TheReaderIsToldFirst()
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Site site = await StartAsync(static _ => Task.CompletedTask, options => options.Endpoint = endpoint => endpoint.Use(_ => async connection =>
        {
            var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            System.IO.Pipelines.PipeReader input = connection.Transport.Input;
            input.AdvanceTo((await input.ReadAsync()).Buffer.End);
            connection.ConnectionClosed.Register(() =>
            {
                told.Enqueue("closed");
                closed.SetResult();
            });
            ValueTask<System.IO.Pipelines.ReadResult> reading = input.ReadAsync();
            begun.SetResult();
            try
            {
                await reading;
                told.Enqueue("no error");
            }
            catch (ConnectionResetException)
            {
                told.Enqueue("reset");
            }

            await closed.Task;
            ended.SetResult();
        }));
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("x");
        await begun.Task.WaitAsync(End);
        connection.Reset();
        await ended.Task.WaitAsync(End);

        // On the thread pool two items tell, at the same time.
        Assert.Equal(["reset", "closed"], T.RunsOnHub ? told : told.OrderDescending());
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

    /// <summary>The end comes right behind the last piece of a body that is being read: whether they are seen together is a matter of timing.</summary>
    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhello", "world")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "5\r\nworld\r\n0\r\n\r\n")]
    public async Task Client_EndsItsHalfBehindABody_TheResponseIsSent(string first, string rest)
    {
        await using Site site = await StartAsync(static async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        for (int i = 0; i < 100; i++)
        {
            using RawConnection connection = await site.ConnectAsync();
            await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\n" + first);
            await connection.SendAsync(rest);
            connection.EndSending();
            string response;
            try
            {
                response = await connection.ReceiveToEndAsync();
            }
            catch (SocketException) when (T.HubName is null)
            {
                response = "";
            }

            // The stock transport sends it, nothing, or a reset, as it comes.
            Assert.True(response.EndsWith("helloworld\r\n0\r\n\r\n", StringComparison.Ordinal) || (T.HubName is null && response.Length == 0), $"connection {i} got: {response}");
        }
    }

    /// <summary>The end is there before the application reads what came before it.</summary>
    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhelloworld")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")]
    public async Task Client_EndsItsHalfBeforeItsBodyIsRead_TheResponseIsSent(string body)
    {
        Assert.SkipWhen(T.HubName is null, "the stock transport drops the response when the client's end comes before it");
        LogEntries? log = null;
        await using Site site = await StartAsync(async context =>
        {
            await log!.Seen("ConnectionReadFin");
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        log = site.Log;
        using RawConnection connection = await site.ConnectAsync();
        await connection.SendAsync("POST / HTTP/1.1\r\nHost: x\r\n" + body);
        connection.EndSending();
        Assert.EndsWith("helloworld\r\n0\r\n\r\n", await connection.ReceiveToEndAsync(), StringComparison.Ordinal);
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
