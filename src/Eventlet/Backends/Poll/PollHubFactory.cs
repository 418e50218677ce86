namespace Eventlet.Backends;

/// <summary>The hub on poll(2): every Unix.</summary>
internal sealed class PollHubFactory : BuiltinHubFactory
{
    /// <inheritdoc/>
    public override string Name => "poll";

    private protected override HubBackend Create() =>
        OperatingSystem.IsLinux() ? new PollBackend<LinuxPollCalls>() : new PollBackend<PosixPollCalls>();
}
