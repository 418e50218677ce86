namespace Eventlet.Tests.Support;

/// <summary>
/// The base of conformance classes, which run on every hub: a class is generic over the hub and has a one-line subclass for
/// each. Skips what the system lacks, or fails if EVENTLET_REQUIRE_HUBS lists it.
/// </summary>
public abstract class HubTests<THub> : IDisposable
    where THub : IHubFixture
{
    /// <summary>Skips or fails if the hub cannot be had.</summary>
    protected HubTests()
    {
        if (!THub.IsSupported(out string? whyNot))
        {
            RequiredHubs.Skip(THub.HubName, whyNot);
        }
    }

    /// <summary>Disposes what a subclass holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>For subclasses that hold something; called twice.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Runs a body as a greenthread of this hub, on a fresh thread that owns it, and disposes the hub.</summary>
    private protected static void OnHub(Func<Task> body, TimeSpan? limit = null) => OnOwner(() => Hubs.GetHub().Run(body), limit);

    /// <summary>Runs plain code on a fresh thread that owns a hub of this kind, and disposes the hub.</summary>
    private protected static void OnOwner(Action body, TimeSpan? limit = null) =>
        PlainThread.Run(() =>
        {
            Hubs.UseHub(THub.HubName);
            using Hub hub = Hubs.GetHub();
            body();
        }, limit);
}
