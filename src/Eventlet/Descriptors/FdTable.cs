namespace Eventlet.Descriptors;

/// <summary>
/// Which greenthreads and listeners of a hub wait for which descriptors, and what the backend has been told of them. It turns the three ways in which
/// backends report (level, edge, one-shot) into one: a waiter is told when its direction is ready, until it is removed. Hub thread only, or the
/// owner's while no loop runs.
/// </summary>
/// <remarks>
/// A descriptor of a stranger is registered while somebody waits for it, and no longer: nothing proves that the number means the same file afterwards.
/// A descriptor with a keeper, which announces its close, is registered once for its life where the backend reports edges; on the others its interest
/// stays armed until an event comes that nobody waits for. An event for an earlier life of a number is told by the generation in its token.
/// </remarks>
internal sealed partial class FdTable(Hub hub)
{
    private const Readiness EndsRead = Readiness.Read | Readiness.HangUp | Readiness.Error | Readiness.ReadEnd;
    private const Readiness EndsWrite = Readiness.Write | Readiness.HangUp | Readiness.Error;

    private static long s_announcements;

    private FdRecord?[] _records = new FdRecord?[64];
    private HubBackend? _backend;
    private ICompletions? _completions;
    private BackendCapabilities _capabilities;
    private int _readers;
    private int _writers;

    internal int Readers => _readers;

    internal int Writers => _writers;

    internal bool IsEmpty => _readers == 0 && _writers == 0;

    /// <summary>Whether a keeper whose last read was short may wait without trying again: the end of the stream will be reported.</summary>
    internal bool ReportsEnd => _backend is not null && (_capabilities.Trigger != Trigger.Edge || _capabilities.ReadEnd);

    /// <summary>Whether operations are handed to the backend whole, instead of being tried first.</summary>
    internal bool Submits => _completions is not null;

    /// <summary>The backend's second face, if it has one.</summary>
    internal ICompletions? Completions => _completions;

    /// <summary>Whether what a read has left is reported no more: only what arrives is.</summary>
    internal bool IsEdge => _capabilities.Trigger == Trigger.Edge;

    /// <summary>The number of the last announcement. Any thread.</summary>
    internal static long LastAnnouncement => Volatile.Read(ref s_announcements);

    /// <summary>Numbers an announcement that a descriptor is closed or its number handed out anew. Any thread.</summary>
    internal static long Announce() => Interlocked.Increment(ref s_announcements);

    /// <summary>The record of a descriptor.</summary>
    internal FdRecord Of(int fd)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fd);
        if (fd >= _records.Length)
        {
            Array.Resize(ref _records, Math.Max(fd + 1, _records.Length * 2));
        }

        return _records[fd] ??= new FdRecord(fd);
    }

    /// <summary>Makes a descriptor's registration last until <see cref="Close(FdRecord, Exception)"/>.</summary>
    internal FdRecord Keep(int fd, Keeper keeper)
    {
        FdRecord record = Of(fd);
        if (!ReferenceEquals(record.Keeper, keeper))
        {
            if (record.Keeper is not null)
            {
                // Its keeper closed it without a word, and the system has handed out the number again.
                Close(record, new IOClosedException());
            }

            record.Keeper = keeper;
            record.Since = LastAnnouncement;
        }

        return record;
    }

    /// <summary>Enters a waiter. If the system refuses the descriptor, the error is thrown and nothing is left behind.</summary>
    internal void Add(FdRecord record, IFdWaiter waiter)
    {
        FdEvent direction = waiter.Direction;
        CheckLimit(record.Fd);
        if (record.Keeper is { IsGone: true })
        {
            // Closed on another thread, whose message is still in the inbox; the number may mean another file by now.
            Close(record, new IOClosedException("the socket was closed"));
            if (waiter.IsKeepers)
            {
                throw new IOClosedException("the socket is closed");
            }
        }

        if (record.First(direction) is { } other)
        {
            if (!hub.Debug.PreventMultipleReaders)
            {
                (record.More(direction) ??= []).Add(waiter);
                Count(direction, 1);
                return;
            }

            if (!DropIfStale(record))
            {
                throw Second(record, direction, other);
            }
        }

        if (!record.HasWaiters && record.Keeper is null)
        {
            record.Since = waiter.Since;
        }

        record.First(direction) = waiter;
        Count(direction, 1);
        try
        {
            Begin(record, waiter);
        }
        catch
        {
            if (ReferenceEquals(record.First(direction), waiter))
            {
                record.First(direction) = null;
                Count(direction, -1);
                Relax(record);
            }

            throw;
        }
    }

    private static InvalidOperationException Second(FdRecord record, FdEvent direction, IFdWaiter other) => new(
        $"second simultaneous {(direction == FdEvent.Read ? "read" : "write")} on descriptor {record.Fd}: {other} waits for it already, and which of the two "
        + "would get the data is undefined. Share it through a pool or a lock, or switch hub.Debug.PreventMultipleReaders off.");

    /// <summary>Takes a waiter out; the oldest of those behind it takes its place. One that is not there is not an error.</summary>
    internal void Remove(FdRecord record, IFdWaiter waiter)
    {
        FdEvent direction = waiter.Direction;
        ref List<IFdWaiter>? more = ref record.More(direction);
        if (!ReferenceEquals(record.First(direction), waiter))
        {
            if (more is not null && more.Remove(waiter))
            {
                Count(direction, -1);
            }

            return;
        }

        Count(direction, -1);
        record.First(direction) = null;
        record.Submitted &= ~Of(direction);
        if (more is { Count: > 0 })
        {
            IFdWaiter next = more[0];
            more.RemoveAt(0);
            record.First(direction) = next;
            if (_completions is null || !Submit(record, next))
            {
                LookAgain(record);
            }

            return;
        }

        Relax(record);
    }

    /// <summary>An operation that the backend cannot do without waiting itself: its waiter waits for readiness instead.</summary>
    internal void WaitInstead(FdRecord record, IFdWaiter waiter)
    {
        record.Submitted &= ~Of(waiter.Direction);
        Arm(record, waiter);
    }

    /// <summary>Has the backend look at a descriptor anew for those who wait for it: what is still ready is reported again.</summary>
    internal void LookAgain(FdRecord record)
    {
        if (_backend is null || !record.IsRegistered || _capabilities.Trigger == Trigger.Level)
        {
            return;
        }

        try
        {
            Modify(record, record.Keeper is null ? record.Wanted : record.Armed | record.Wanted);
        }
        catch (Exception error)
        {
            Close(record, error as IOException ?? new IOClosedException(error.Message, error));
        }
    }

    /// <summary>Takes what was reported of a keeper's descriptor while nobody waited.</summary>
    internal static bool TakeSeen(FdRecord record, FdEvent direction)
    {
        Readiness mask = direction == FdEvent.Read ? Readiness.Read : Readiness.Write;
        bool seen = (record.Seen & (mask | Readiness.HangUp | Readiness.Error)) != 0
            || (direction == FdEvent.Read && (record.Seen & Readiness.ReadEnd) != 0);
        record.Seen &= ~mask;
        return seen;
    }

    /// <summary>Ends all waits for a descriptor that is closed, or whose number means something else now.</summary>
    internal void Close(FdRecord record, Exception error)
    {
        Forget(record);
        record.Keeper = null;
        EndWaiters(record, error);
    }

    /// <summary>As <see cref="Close(FdRecord, Exception)"/>, by its keeper; most have no waiters then, and need no error.</summary>
    internal void Close(FdRecord record, string what)
    {
        if (record.HasWaiters)
        {
            Close(record, new IOClosedException($"the {what} was closed"));
        }
        else
        {
            Forget(record);
            record.Keeper = null;
            record.Submitted = Interest.None;
        }
    }

    /// <summary>As <see cref="Close(FdRecord, Exception)"/>, for a number that the hub may know nothing of; those who came after the announcement mean another file.</summary>
    internal void Close(int fd, long announcement, Exception error)
    {
        if ((uint)fd < (uint)_records.Length && _records[fd] is { } record && record.Since < announcement)
        {
            Close(record, error);
        }
    }

    /// <summary>Passes an event of the backend on to those who wait for it.</summary>
    internal void Dispatch(ReadyEvent ready)
    {
        int fd = (int)(uint)ready.Token;
        FdRecord? record = (uint)fd < (uint)_records.Length ? _records[fd] : null;
        if (record is null || record.Generation != (uint)(ready.Token >> 32))
        {
            return;
        }

        Readiness what = ready.What;
        if ((what & Readiness.Invalid) != 0)
        {
            Close(record, new IOClosedException($"descriptor {fd} was closed while it was waited for"));
            return;
        }

        if (_capabilities.Trigger == Trigger.OneShot)
        {
            record.Armed = Interest.None;
        }

        uint generation = record.Generation;
        bool missed = false;
        if ((what & EndsRead) != 0)
        {
            missed |= Tell(record, Told(record, FdEvent.Read), what & (EndsRead | Readiness.Priority));
        }

        if ((what & EndsWrite) != 0 && record.Generation == generation)
        {
            missed |= Tell(record, Told(record, FdEvent.Write), what & EndsWrite);
        }

        if (record.Generation == generation && record.IsRegistered)
        {
            Rest(record, missed);
        }
    }

    private static Interest Of(FdEvent direction) => direction == FdEvent.Read ? Interest.Read : Interest.Write;

    /// <summary>Who waits for readiness; one whose operation the backend is doing does not.</summary>
    private static IFdWaiter? Told(FdRecord record, FdEvent direction) => (record.Submitted & Of(direction)) == 0 ? record.First(direction) : null;

    private static bool Tell(FdRecord record, IFdWaiter? waiter, Readiness what)
    {
        if (waiter is null)
        {
            record.Seen |= what;
            return true;
        }

        record.Seen |= waiter.LeavesReadiness ? what : what & (Readiness.HangUp | Readiness.Error | Readiness.ReadEnd | Readiness.Priority);
        waiter.OnReady();
        return false;
    }

    /// <summary>After an event: a level that nobody waits for would report for ever; a one-shot must be armed for those who still wait.</summary>
    private void Rest(FdRecord record, bool missed)
    {
        Interest wanted = record.Wanted;
        if (_capabilities.Trigger == Trigger.Level && missed && record.Armed != wanted)
        {
            if (wanted == Interest.None)
            {
                Forget(record, keepSeen: true);
            }
            else
            {
                ModifyOrClose(record, wanted);
            }
        }
        else if (_capabilities.Trigger == Trigger.OneShot && wanted != Interest.None && record.Armed == Interest.None)
        {
            ModifyOrClose(record, wanted);
        }
    }

    private void Begin(FdRecord record, IFdWaiter waiter)
    {
        if (_completions is null || !Submit(record, waiter))
        {
            Arm(record, waiter);
        }
    }

    private bool Submit(FdRecord record, IFdWaiter waiter)
    {
        if (!waiter.Submit(_completions!))
        {
            return false;
        }

        record.Submitted |= Of(waiter.Direction);
        return true;
    }

    private void Arm(FdRecord record, IFdWaiter waiter)
    {
        if (_backend is null)
        {
            // The backend is made when MAINLOOP is entered; then all that waits is registered.
            return;
        }

        Interest wanted = record.Wanted;
        if (!record.IsRegistered)
        {
            Register(record, record.Keeper is not null && _capabilities.Trigger == Trigger.Edge ? Interest.Read | Interest.Write : wanted);
            return;
        }

        bool isArmed = (record.Armed & wanted) == wanted;
        if (isArmed && (_capabilities.Trigger == Trigger.Level || (_capabilities.Trigger == Trigger.Edge && !waiter.NeedsLook)))
        {
            return;
        }

        try
        {
            Modify(record, _capabilities.Trigger == Trigger.Level || record.Keeper is null ? wanted : record.Armed | wanted);
        }
        catch (Exception)
        {
            // The registration is gone, so the number means another file than it did: who waited for the old one learns it, the new
            // one is registered anew, and the error of that, if any, is the caller's.
            record.First(waiter.Direction) = null;
            Forget(record);
            record.Keeper = null;
            EndWaiters(record, new IOClosedException());
            record.First(waiter.Direction) = waiter;
            record.Since = waiter.Since;
            Register(record, record.Wanted);
        }
    }

    /// <summary>Whether the waiters that stand in the way belong to a file that is gone; then they are ended.</summary>
    private bool DropIfStale(FdRecord record)
    {
        if (_backend is null || !record.IsRegistered)
        {
            return false;
        }

        try
        {
            Modify(record, record.Armed | record.Wanted);
            return false;
        }
        catch (Exception)
        {
            Close(record, new IOClosedException());
            return true;
        }
    }

    /// <summary>
    /// Nobody may be left: a stranger's descriptor is not watched longer than somebody waits for it. Nor is a keeper's where it is armed anew for each wait:
    /// to keep it saves nothing, and a poll that is pending may hold the file open (io_uring).
    /// </summary>
    private void Relax(FdRecord record)
    {
        if (!record.HasWaiters && record.IsRegistered && (record.Keeper is null || _capabilities.Trigger == Trigger.OneShot))
        {
            Forget(record);
        }
    }

    private void Register(FdRecord record, Interest interest)
    {
        _backend!.Register(record.Fd, interest, record.Token);
        record.IsRegistered = true;
        record.Armed = interest;
    }

    private void Modify(FdRecord record, Interest interest)
    {
        _backend!.Modify(record.Fd, interest, record.Token);
        record.Armed = interest;
    }

    private void ModifyOrClose(FdRecord record, Interest interest)
    {
        try
        {
            Modify(record, interest);
        }
        catch (Exception error)
        {
            Close(record, error as IOException ?? new IOClosedException(error.Message, error));
        }
    }

    /// <summary>Ends the registration; later events of it are stale.</summary>
    private void Forget(FdRecord record, bool keepSeen = false)
    {
        if (record.IsRegistered)
        {
            _backend?.Unregister(record.Fd);
            record.IsRegistered = false;
        }

        record.Armed = Interest.None;
        record.Generation++;
        if (!keepSeen)
        {
            record.Seen = Readiness.None;
        }
    }

    private void CheckLimit(int fd)
    {
        if (_capabilities.MaxDescriptor is { } limit && fd > limit)
        {
            throw new HubException($"the {hub.Name} hub can watch descriptors up to {limit} only, and this one is {fd}: choose another hub (see Hubs.UseHub)");
        }
    }

    private void Count(FdEvent direction, int change)
    {
        if (direction == FdEvent.Read)
        {
            _readers += change;
        }
        else
        {
            _writers += change;
        }
    }
}
