namespace Eventlet.Backends;

/// <summary>The hub on libevent, where its native library is installed.</summary>
internal sealed class LibeventHubFactory : BuiltinHubFactory
{
    /// <inheritdoc/>
    public override string Name => "libevent";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Aliases => ["pyevent"];

    private protected override HubBackend Create() =>
        OperatingSystem.IsWindows() ? throw new HubException("libevent serves Unix only here") : new LibeventBackend();

    private protected override string Explain(DllNotFoundException error) =>
        "libevent 2.1 is not installed; the package is libevent-core-2.1-7t64 or libevent-core-2.1-7 on Debian and Ubuntu, libevent on Fedora, "
        + $"Alpine, FreeBSD and with Homebrew ({error.Message})";
}
