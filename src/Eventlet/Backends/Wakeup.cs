namespace Eventlet.Backends;

/// <summary>
/// A descriptor that any thread can make readable, for a backend to watch beside the others. Of many <see cref="Wake"/> calls only
/// the first one before the next <see cref="Drain"/> writes, so at most one write is ever outstanding and none can fail for want
/// of room.
/// </summary>
internal abstract class Wakeup : IDisposable
{
    private int _pending;

    /// <summary>The descriptor to watch for reading.</summary>
    internal abstract int Descriptor { get; }

    /// <summary>What it is made of, for people.</summary>
    internal abstract string Kind { get; }

    /// <summary>The best that the system has.</summary>
    internal static Wakeup Create() =>
        !OperatingSystem.IsLinux() ? new LoopbackWakeup() : EventfdWakeup.TryOpen() ?? (Wakeup)PipeWakeup.Open();

    /// <summary>Makes the descriptor readable. Any thread, also while or after another one disposes it.</summary>
    internal void Wake()
    {
        // A full barrier even when it loses: what the caller published before is visible to whoever drains later.
        if (Interlocked.Exchange(ref _pending, 1) == 0 && !Signal())
        {
            Volatile.Write(ref _pending, 0);
        }
    }

    /// <summary>Makes it unreadable again, for level-triggered backends. The hub's thread only, when it was seen readable.</summary>
    internal void Drain()
    {
        // Not the other way round: a Wake between the two steps would have its write consumed and the flag left standing, and
        // every later Wake would be lost. In this order it merges with the wake-up that the hub is about to act upon.
        Consume();
        Interlocked.Exchange(ref _pending, 0);
    }

    /// <summary>As <see cref="Drain"/>, for edge-triggered backends, which can do without the read where every write is a new edge.</summary>
    internal void DrainEdge()
    {
        if (!EveryWriteIsAnEdge)
        {
            Consume();
        }

        Interlocked.Exchange(ref _pending, 0);
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Whether a write is reported to an edge-triggered watcher even if nothing was read since the last.</summary>
    private protected virtual bool EveryWriteIsAnEdge => false;

    /// <summary>Writes; false if that could not be done (disposed).</summary>
    private protected abstract bool Signal();

    /// <summary>Reads what was written.</summary>
    private protected abstract void Consume();
}
