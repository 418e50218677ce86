namespace Eventlet.Backends;

/// <summary>Keeps the name and place of a hub that is still to come.</summary>
internal sealed class NotBuiltHubFactory(string name, params string[] aliases) : HubFactory
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Aliases => aliases;

    /// <inheritdoc/>
    public override bool IsAvailable(out string? whyNot)
    {
        whyNot = "not built yet";
        return false;
    }

    /// <inheritdoc/>
    public override HubBackend Create(HubOptions options) => throw new HubException($"the hub '{name}' is not built yet");
}
