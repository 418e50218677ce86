namespace Eventlet.Backends;

/// <summary>The hub on io_uring(7): Linux. Taken only when named: docs/design/0005-io-uring.md.</summary>
internal sealed class IoUringHubFactory : BuiltinHubFactory
{
    /// <inheritdoc/>
    public override string Name => "io_uring";

    private protected override HubBackend Create() => new IoUringBackend<LinuxIoUringCalls>();
}
