namespace Eventlet.Backends;

/// <summary>The hub on kqueue(2): macOS and FreeBSD.</summary>
internal sealed class KqueueHubFactory : BuiltinHubFactory
{
    /// <inheritdoc/>
    public override string Name => "kqueue";

    private protected override HubBackend Create()
    {
        if (OperatingSystem.IsFreeBSD())
        {
            return new KqueueBackend<KqueueCalls<FreeBsd>>();
        }

        return OperatingSystem.IsMacOS() || OperatingSystem.IsMacCatalyst()
            ? new KqueueBackend<KqueueCalls<Darwin>>()
            : throw new HubException("kqueue exists on macOS and the BSDs");
    }
}
