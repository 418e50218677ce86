namespace Eventlet;

/// <summary>
/// What a hub multiplexes with: the part of an event loop that knows the system. The loop, timers and greenthreads are the
/// same for every backend. Used by one thread at a time, the one that runs the hub, except <see cref="Wake"/>; kernel objects
/// belong in SafeHandles, close-on-exec. <see cref="Dispose"/> may come from another thread, when no thread is inside.
/// </summary>
public abstract class HubBackend : IDisposable
{
    /// <summary>The hub's name, in lower case, e.g. "epoll".</summary>
    public abstract string Name { get; }

    /// <summary>In what this backend differs from a plain level-triggered one. Constant for the life of the instance.</summary>
    public abstract BackendCapabilities Capabilities { get; }

    /// <summary>The second face of a backend that does whole operations; null for one that tells readiness alone.</summary>
    internal virtual ICompletions? Completions => null;

    /// <summary>Begins to watch <paramref name="fd"/>; one registration per descriptor, since the loop merges readers and writers.</summary>
    /// <param name="fd">An open descriptor. It is a stranger's: its blocking mode and other flags stay as they are.</param>
    /// <param name="interest">At least one direction.</param>
    /// <param name="token">Handed back with each event.</param>
    /// <exception cref="IOException">The system refused; nothing is left behind. <see cref="IOClosedException"/> if the descriptor is not open.</exception>
    public abstract void Register(int fd, Interest interest, ulong token);

    /// <summary>
    /// Replaces interest and token of a registered descriptor, and looks at its readiness anew. Throws if the
    /// registration is gone (the descriptor was closed behind the hub's back); the loop then registers again.
    /// </summary>
    /// <param name="fd">A descriptor registered before.</param>
    /// <param name="interest">At least one direction.</param>
    /// <param name="token">Handed back with each event.</param>
    /// <exception cref="IOException">The system refused; the registration is gone.</exception>
    public abstract void Modify(int fd, Interest interest, ulong token);

    /// <summary>Ends the watch. Never throws; the descriptor may be closed or unknown already.</summary>
    /// <param name="fd">The descriptor.</param>
    public abstract void Unregister(int fd);

    /// <summary>
    /// Waits for readiness or <see cref="Wake"/>. An interrupted wait (EINTR) returns 0 or goes on; it is no error. Called once per turn of the loop, so it allocates
    /// nothing in steady state. No event of a registration that has ended, or with the token before the last Modify.
    /// </summary>
    /// <param name="ready">Room for events; never empty.</param>
    /// <param name="timeout">Zero and negative values poll; <see cref="Timeout.InfiniteTimeSpan"/> blocks; anything else is rounded up.</param>
    /// <returns>How many events were written; 0 after a time-out or a wake-up.</returns>
    /// <exception cref="IOException">Waiting itself failed for good: the hub is faulted.</exception>
    public abstract int Wait(Span<ReadyEvent> ready, TimeSpan timeout);

    /// <summary>
    /// Makes the present or the next <see cref="Wait"/> return. Any thread; coalesced; does nothing after <see cref="Dispose"/>. What it throws is the
    /// hub's fault: those who wait outside get it at once, the hub's own waiters as soon as <see cref="Wait"/> returns, and the hub ends.
    /// </summary>
    public abstract void Wake();

    /// <summary>
    /// Frees the kernel objects; the descriptors that were registered are their owners'. Idempotent. Afterwards <see cref="Register"/>, <see cref="Modify"/> and
    /// <see cref="Wait"/> throw <see cref="ObjectDisposedException"/>, <see cref="Unregister"/> and <see cref="Wake"/> do nothing.
    /// </summary>
    public abstract void Dispose();
}
