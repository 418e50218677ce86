namespace Eventlet.Testing;

/// <summary>What a <see cref="HubCase"/> puts to the test.</summary>
public enum HubCaseLevel
{
    /// <summary>The bare <see cref="HubBackend"/>, member by member.</summary>
    Backend,

    /// <summary>A <see cref="Eventlet.Hub"/> that runs on it: trampoline, sockets, greenthreads, timers.</summary>
    Hub,
}
