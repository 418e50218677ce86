namespace Eventlet.Backends;

/// <summary>The hub on epoll(7): Linux.</summary>
internal sealed class EpollHubFactory : BuiltinHubFactory
{
    /// <inheritdoc/>
    public override string Name => "epoll";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Aliases => ["epolls"];

    private protected override HubBackend Create() => new EpollBackend<LinuxEpollCalls>();
}
