using Grpc.Core;

namespace Eventlet.Tests.Web.Clients;

/// <summary>What the gRPC tests call.</summary>
internal sealed class StreamsService(Ends ends) : Streams.StreamsBase
{
    public override async Task<Number> Double(Number request, ServerCallContext context)
    {
        if (request.Value < 0)
        {
            context.ResponseTrailers.Add("why", "negative");
            throw new RpcException(new Status(StatusCode.InvalidArgument, "not below zero"));
        }

        if (request.Value == 0)
        {
            // For ever: it is the client's deadline that ends it.
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        return new Number { Value = 2 * request.Value };
    }

    public override async Task Count(Number request, IServerStreamWriter<Number> responseStream, ServerCallContext context)
    {
        for (long i = 0; i < request.Value; i++)
        {
            await responseStream.WriteAsync(new Number { Value = i }, context.CancellationToken);
        }
    }

    public override async Task<Number> Sum(IAsyncStreamReader<Number> requestStream, ServerCallContext context)
    {
        long sum = 0;
        await foreach (Number number in requestStream.ReadAllAsync(context.CancellationToken))
        {
            sum += number.Value;
        }

        return new Number { Value = sum };
    }

    public override async Task Echo(IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await foreach (Payload payload in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(payload, context.CancellationToken);
        }
    }

    public override async Task Endless(Number request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        var payload = new Payload { Content = Google.Protobuf.ByteString.CopyFrom(new byte[request.Value]) };
        try
        {
            for (; ; )
            {
                await responseStream.WriteAsync(payload, context.CancellationToken);
            }
        }
        finally
        {
            ends.EndlessIsCancelled.SetResult(context.CancellationToken.IsCancellationRequested);
        }
    }
}
