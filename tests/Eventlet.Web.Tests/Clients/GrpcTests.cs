using System.Security.Cryptography;
using Eventlet.Tests.Support;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Web.Clients;

/// <summary>The .NET gRPC client, all kinds of call, over one HTTP/2 connection.</summary>
public abstract class GrpcTests<T> : TransportTests<T>
    where T : ITransport
{
    [Fact]
    public async Task ServerStream_OfManyMessages_ArrivesInOrder()
    {
        await using GrpcSite site = await GrpcSite.StartAsync<T>();
        using AsyncServerStreamingCall<Number> call = site.Client.Count(new Number { Value = 2000 }, cancellationToken: End);
        long expected = 0;
        await foreach (Number number in call.ResponseStream.ReadAllAsync(End))
        {
            Assert.Equal(expected++, number.Value);
        }

        Assert.Equal(2000, expected);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ClientStream_OfManyMessages_IsSummedUp()
    {
        await using GrpcSite site = await GrpcSite.StartAsync<T>();
        using AsyncClientStreamingCall<Number, Number> call = site.Client.Sum(cancellationToken: End);
        for (long i = 1; i <= 2000; i++)
        {
            await call.RequestStream.WriteAsync(new Number { Value = i }, End);
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(2000 * 2001 / 2, (await call).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BothStreams_SeveralAtOnce_AnswerMessageByMessage(bool tls)
    {
        await using GrpcSite site = await GrpcSite.StartAsync<T>(tls);
        await Task.WhenAll(Enumerable.Range(1, 4).Select(number => TalkAsync(site.Client, number)));
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task BothStreams_OfLargeMessages_AreNotReadBeforeAllIsSent()
    {
        await using GrpcSite site = await GrpcSite.StartAsync<T>();
        using AsyncDuplexStreamingCall<Payload, Payload> call = site.Client.Echo(cancellationToken: End);
        byte[][] sent = [.. Enumerable.Range(0, 24).Select(_ => RandomNumberGenerator.GetBytes(1 << 20))];
        // Much more than all windows and buffers on the way hold: both sides wait for one another, and go on.
        Task sending = Task.Run(async () =>
        {
            foreach (byte[] content in sent)
            {
                await call.RequestStream.WriteAsync(new Payload { Content = UnsafeByteOperations.UnsafeWrap(content) }, End);
            }

            await call.RequestStream.CompleteAsync();
        }, End);
        int count = 0;
        await foreach (Payload payload in call.ResponseStream.ReadAllAsync(End))
        {
            Assert.True(payload.Content.Span.SequenceEqual(sent[count++]));
        }

        await sending;
        Assert.Equal(sent.Length, count);
    }

    [Fact]
    public async Task Call_ThatFails_HasItsStatusAndTrailers_AndTheNextOneWorks()
    {
        await using GrpcSite site = await GrpcSite.StartAsync<T>();
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await site.Client.DoubleAsync(new Number { Value = -1 }, cancellationToken: End));
        Assert.Equal((StatusCode.InvalidArgument, "not below zero"), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal("negative", refused.Trailers.GetValue("why"));
        RpcException late = await Assert.ThrowsAsync<RpcException>(async () => await site.Client.DoubleAsync(new Number(), deadline: DateTime.UtcNow.AddMilliseconds(50), cancellationToken: End));
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        Assert.Equal(42, (await site.Client.DoubleAsync(new Number { Value = 21 }, cancellationToken: End)).Value);
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task ServerStream_ThatTheClientCancels_EndsInTheServer()
    {
        await using GrpcSite site = await GrpcSite.StartAsync<T>();
        using (AsyncServerStreamingCall<Payload> call = site.Client.Endless(new Number { Value = 10_000 }, cancellationToken: End))
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.True(await call.ResponseStream.MoveNext(End));
                Assert.Equal(10_000, call.ResponseStream.Current.Content.Length);
            }
        }

        Assert.True(await site.Ends.EndlessIsCancelled.Task.WaitAsync(End));
        Assert.Equal(42, (await site.Client.DoubleAsync(new Number { Value = 21 }, cancellationToken: End)).Value);
    }

    private static async Task TalkAsync(Streams.StreamsClient client, int number)
    {
        using AsyncDuplexStreamingCall<Payload, Payload> call = client.Echo(cancellationToken: End);
        for (int i = 0; i < 100; i++)
        {
            var payload = new Payload { Content = ByteString.CopyFrom(RandomNumberGenerator.GetBytes((i % 10) * 1000 * number)) };
            await call.RequestStream.WriteAsync(payload, End);
            Assert.True(await call.ResponseStream.MoveNext(End));
            Assert.Equal(payload, call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(End));
    }
}
