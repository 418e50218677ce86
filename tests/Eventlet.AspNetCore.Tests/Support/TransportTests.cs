namespace Eventlet.Tests.Support;

/// <summary>The base of scenario classes: generic over the transport, with a one-line subclass for each in Transports/. Skips what the system lacks.</summary>
public abstract class TransportTests<T>
    where T : ITransport
{
    /// <summary>Skips or fails if the hub cannot be had.</summary>
    protected TransportTests()
    {
        if (T.HubName is { } name)
        {
            RequiredHubs.SkipUnlessAvailable(Hubs.Builtin.Single(factory => factory.Name == name));
        }
    }

    private protected static CancellationToken End => TestContext.Current.CancellationToken;

    private protected static Task<Site> StartAsync(Microsoft.AspNetCore.Http.RequestDelegate application, Action<SiteOptions>? configure = null) =>
        Site.StartAsync<T>(application, configure);
}
