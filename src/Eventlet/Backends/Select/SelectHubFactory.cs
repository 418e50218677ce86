using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The hub on select: everywhere.</summary>
internal sealed class SelectHubFactory : BuiltinHubFactory
{
    /// <inheritdoc/>
    public override string Name => "select";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Aliases => ["selects"];

    private protected override HubBackend Create() =>
        OperatingSystem.IsWindows() ? new WinsockSelectBackend()
        // Outside Linux the C library may refuse, or the kernel not copy, more than the headers' fd_set holds.
        : new SelectBackend<UnixSelectCalls>(maxDescriptor: OperatingSystem.IsLinux() ? null : Libc.FD_SETSIZE - 1);
}
