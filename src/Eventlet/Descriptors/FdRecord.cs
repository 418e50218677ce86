namespace Eventlet.Descriptors;

/// <summary>What a hub knows of one descriptor number. Hub thread only.</summary>
internal sealed class FdRecord(int fd)
{
    internal int Fd { get; } = fd;

    /// <summary>Counts the lives of the number in this hub, so that an event of an earlier one is known as stale.</summary>
    internal uint Generation = 1;

    internal IFdWaiter? Reader;
    internal IFdWaiter? Writer;

    /// <summary>Further waiters, first come first served, where that was allowed.</summary>
    internal List<IFdWaiter>? MoreReaders;
    internal List<IFdWaiter>? MoreWriters;

    /// <summary>What the backend was told last.</summary>
    internal Interest Armed;
    internal bool IsRegistered;

    /// <summary>Whose operation the backend is doing: they wait for no readiness.</summary>
    internal Interest Submitted;

    /// <summary>Whose descriptor it is, if the registration lasts for its life: a socket of ours.</summary>
    internal Keeper? Keeper;

    /// <summary>What the backend reported while nobody waited for it.</summary>
    internal Readiness Seen;

    /// <summary>The last announcement of a close, of any number, before its waiters or its keeper came: an earlier one is not about them.</summary>
    internal long Since;

    internal ulong Token => ((ulong)Generation << 32) | (uint)Fd;

    internal bool HasWaiters => Reader is not null || Writer is not null;

    internal Interest Wanted => ((Reader is null ? Interest.None : Interest.Read) | (Writer is null ? Interest.None : Interest.Write)) & ~Submitted;

    internal ref IFdWaiter? First(FdEvent direction)
    {
        if (direction == FdEvent.Read)
        {
            return ref Reader;
        }

        return ref Writer;
    }

    internal ref List<IFdWaiter>? More(FdEvent direction)
    {
        if (direction == FdEvent.Read)
        {
            return ref MoreReaders;
        }

        return ref MoreWriters;
    }
}
