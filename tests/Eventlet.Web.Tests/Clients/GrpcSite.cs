using Eventlet.Tests.Support;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Eventlet.Tests.Web.Clients;

/// <summary>A <see cref="StreamsService"/> on HTTP/2, with prior knowledge or over TLS, and a client of it.</summary>
internal sealed class GrpcSite : IAsyncDisposable
{
    private readonly Site _site;
    private readonly GrpcChannel _channel;

    private GrpcSite(Site site, Ends ends)
    {
        _site = site;
        Ends = ends;
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == Certificates.Server.GetCertHashString();
        _channel = GrpcChannel.ForAddress(site.Address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        Client = new Streams.StreamsClient(_channel);
    }

    internal Streams.StreamsClient Client { get; }

    internal Ends Ends { get; }

    internal IEnumerable<string> Errors => _site.Log.Errors;

    internal static async Task<GrpcSite> StartAsync<T>(bool tls = false)
        where T : ITransport
    {
        var ends = new Ends();
        Site site = await Site.StartAsync<T>(
            static context => Task.CompletedTask,
            options =>
            {
                options.Endpoint = endpoint =>
                {
                    endpoint.Protocols = HttpProtocols.Http2;
                    if (tls)
                    {
                        endpoint.UseHttps(Certificates.Server);
                    }
                };
                options.Services = services =>
                {
                    services.AddSingleton(ends);
                    services.AddRouting();
                    services.AddGrpc();
                };
                options.Pipeline = static application =>
                    ((IApplicationBuilder)application).UseRouting().UseEndpoints(static endpoints => endpoints.MapGrpcService<StreamsService>());
            });
        return new GrpcSite(site, ends);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _site.DisposeAsync();
    }
}

/// <summary>How calls have ended in the server.</summary>
internal sealed class Ends
{
    /// <summary>Whether <see cref="StreamsService.Endless"/> has ended because it was cancelled.</summary>
    internal TaskCompletionSource<bool> EndlessIsCancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
