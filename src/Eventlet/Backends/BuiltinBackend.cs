using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>What the backends of this library share: a wake-up descriptor that is watched beside the others and never shown.</summary>
internal abstract class BuiltinBackend : HubBackend
{
    private bool _disposed;

    /// <summary>Takes over a wake-up, or makes the best that the system has.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    private protected BuiltinBackend(Wakeup? wakeup) => Wakeup = wakeup ?? Wakeup.Create();

    /// <summary>What the system offers it, for people.</summary>
    internal virtual string Details => $"{Capabilities.Trigger.ToString().ToLowerInvariant()}-triggered, woken by {Wakeup.Kind}";

    private protected Wakeup Wakeup { get; }

    /// <inheritdoc/>
    public sealed override void Wake() => Wakeup.Wake();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _disposed = true;
        Wakeup.Dispose();
    }

    /// <summary>After disposal the numbers of our descriptors may be somebody else's.</summary>
    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private protected bool IsOwn(int fd) => _disposed || fd == Wakeup.Descriptor;

    private protected void RefuseOwn(int fd)
    {
        ThrowIfDisposed();
        if (fd == Wakeup.Descriptor)
        {
            throw new IOException($"{Name}: descriptor {fd} is the hub's own");
        }
    }

    /// <summary>Throws if a system call failed.</summary>
    /// <param name="result">What the seam returned.</param>
    /// <param name="operation">The call, for the text.</param>
    private protected static void Check(int result, string operation)
    {
        if (result < 0)
        {
            throw Errno.ToException(-result, operation);
        }
    }
}
