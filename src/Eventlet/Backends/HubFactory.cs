namespace Eventlet;

/// <summary>What <see cref="Hubs.UseHub(HubFactory, HubOptions?)"/> selects: a kind of hub, by name, and how its backend is made.</summary>
public abstract class HubFactory
{
    /// <summary>The name by which it is chosen, compared without case.</summary>
    public abstract string Name { get; }

    /// <summary>Other names for it. Default: none.</summary>
    public virtual IReadOnlyList<string> Aliases => [];

    /// <summary>Probes whether this system can run it; never guesses from a version, leaves nothing open.</summary>
    /// <param name="whyNot">If not: the reason and, where there is one, the remedy.</param>
    public abstract bool IsAvailable(out string? whyNot);

    /// <summary>What this system offers the hub, in a few words for people: the calls it uses, the method underneath. Null: nothing to say. Probes like <see cref="IsAvailable"/>. Default: null.</summary>
    public virtual string? Describe() => null;

    /// <summary>Makes a backend. Called on the thread that will run it.</summary>
    /// <param name="options">The options of the hub.</param>
    public abstract HubBackend Create(HubOptions options);
}
