using Eventlet.Descriptors;

namespace Eventlet.Net;

/// <summary>One direction of a socket: who waits for it, and what its last try told. Used by one waiter at a time.</summary>
internal sealed class SocketSide : Keeper
{
    private int _waiters;

    /// <summary>The hub on which this direction was waited for last, and its record of the descriptor.</summary>
    internal Hub? Hub;
    internal FdRecord? Record;

    /// <summary>Whether the last read took less than it could have: nothing is left, and trying again would fail.</summary>
    internal volatile bool IsDrained;

    /// <summary>What the last receive that a backend did told of the next one.</summary>
    internal Expectation Expected;

    internal bool IsBusy => Volatile.Read(ref _waiters) != 0;

    /// <summary>Counts a waiter in.</summary>
    /// <returns>Whether it is the only one.</returns>
    internal bool Enter() => Interlocked.Increment(ref _waiters) == 1;

    internal void Leave() => Interlocked.Decrement(ref _waiters);
}
