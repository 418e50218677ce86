namespace Eventlet.Descriptors;

/// <summary>One direction of a descriptor of ours: how many wait for it, and on which hub the last one did.</summary>
internal class KeptSide : Keeper
{
    private int _waiters;

    /// <summary>The hub on which this direction was waited for last, and its record of the descriptor.</summary>
    internal Hub? Hub;
    internal FdRecord? Record;

    internal bool IsBusy => Volatile.Read(ref _waiters) != 0;

    /// <summary>Counts a waiter in.</summary>
    /// <returns>Whether it is the only one.</returns>
    internal bool Enter() => Interlocked.Increment(ref _waiters) == 1;

    internal void Leave() => Interlocked.Decrement(ref _waiters);
}
