namespace Eventlet.Testing;

/// <summary>The factory under test; it notes what its backends are doing, and how many there are.</summary>
internal sealed class TracedFactory(HubFactory inner) : HubFactory
{
    private readonly Lock _lock = new();
    private readonly List<TracedBackend> _made = [];

    public override string Name => inner.Name;

    /// <summary>What the newest backend is doing, for a message.</summary>
    internal string Doing
    {
        get
        {
            lock (_lock)
            {
                return _made.Count == 0 ? "not made yet" : _made[^1].Doing;
            }
        }
    }

    /// <summary>How many were made.</summary>
    internal int Made
    {
        get
        {
            lock (_lock)
            {
                return _made.Count;
            }
        }
    }

    /// <summary>How many of those are not disposed.</summary>
    internal int Alive
    {
        get
        {
            lock (_lock)
            {
                return _made.Count(static backend => !backend.IsDisposed);
            }
        }
    }

    public override bool IsAvailable(out string? whyNot) => inner.IsAvailable(out whyNot);

    public override HubBackend Create(HubOptions options)
    {
        var backend = new TracedBackend(inner.Create(options));
        lock (_lock)
        {
            _made.Add(backend);
        }

        return backend;
    }

    /// <summary>Wakes all there are: a case that was told to stop may be in a Wait.</summary>
    internal void WakeAll()
    {
        TracedBackend[] made;
        lock (_lock)
        {
            made = [.. _made];
        }

        Array.ForEach(made, static backend => backend.Wake());
    }
}
