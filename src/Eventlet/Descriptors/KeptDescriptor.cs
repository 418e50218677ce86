using System.Runtime.InteropServices;

namespace Eventlet.Descriptors;

/// <summary>
/// A descriptor of ours on the hubs that watch it: registered with each when it is first waited for there, until <see cref="End"/> announces its close.
/// One waiter at a time per direction; the two may be on different hubs.
/// </summary>
internal sealed class KeptDescriptor(SafeHandle handle, string name, KeptSide reading, KeptSide writing)
{
    private int _closed;

    // Nearly always there is one hub.
    private Hub? _hub;
    private FdRecord? _record;
    private List<(Hub Hub, FdRecord Record)>? _others;

    internal KeptDescriptor(SafeHandle handle, string name) : this(handle, name, new KeptSide(), new KeptSide())
    {
    }

    internal SafeHandle Handle { get; } = handle;

    /// <summary>Whether others know the descriptor, and may wait for it by trampoline.</summary>
    internal bool IsShared { get; set; }

    internal bool IsClosed => Volatile.Read(ref _closed) != 0;

    /// <summary>What hubs know it by. Not this object, so that a descriptor which was forgotten without a Close is collected with its handle.</summary>
    private Keeper Identity => reading;

    /// <summary>Whether somebody waits for this direction, and others must not get ahead.</summary>
    internal bool IsBusy(FdEvent direction) => SideOf(direction).IsBusy;

    /// <summary>Counts a waiter in and finds the record of the descriptor on its hub. On the hub's thread.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits for this direction already, and the hub forbids that.</exception>
    /// <exception cref="IOClosedException">It is closed.</exception>
    internal FdRecord Enter(Hub hub, FdEvent direction)
    {
        KeptSide side = SideOf(direction);
        if (!side.Enter() && hub.Debug.PreventMultipleReaders)
        {
            side.Leave();
            throw new InvalidOperationException(
                $"second simultaneous {(direction == FdEvent.Read ? "read" : "write")} on {this}: somebody waits for it already, and which of the two would get the data is "
                + "undefined. Share it through a pool or a lock, or switch hub.Debug.PreventMultipleReaders off.");
        }

        if (ReferenceEquals(side.Hub, hub) && ReferenceEquals(side.Record!.Keeper, Identity))
        {
            return side.Record;
        }

        try
        {
            return Register(hub, side);
        }
        catch
        {
            side.Leave();
            throw;
        }
    }

    internal void Leave(FdEvent direction) => SideOf(direction).Leave();

    /// <summary>Ends the waits on every hub with <see cref="IOClosedException"/>, then closes the handle. Idempotent. Any thread.</summary>
    internal void Close()
    {
        if (End())
        {
            Handle.Dispose();
        }
    }

    /// <summary>As <see cref="Close"/>, and leaves the closing of the handle, which must follow, to the caller.</summary>
    /// <returns>Whether this call has ended it.</returns>
    internal bool End()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return false;
        }

        Identity.Go();
        int fd = (int)Handle.DangerousGetHandle();
        Hub? hub;
        FdRecord? record;
        List<(Hub Hub, FdRecord Record)>? others;
        lock (Identity)
        {
            (hub, record, others) = (_hub, _record, _others);
            (_hub, _record, _others) = (null, null, null);
        }

        hub?.EndKeeping(record!, Identity, name);
        others?.ForEach(other => other.Hub.EndKeeping(other.Record, Identity, name));
        if (IsShared)
        {
            Hubs.NotifyClose(fd);
        }

        return true;
    }

    internal IOClosedException ClosedError() => new($"the {name} is closed");

    /// <summary>What it is, and its number.</summary>
    public override string ToString() => $"{name} ({(IsClosed ? "closed" : $"descriptor {Handle.DangerousGetHandle()}")})";

    private FdRecord Register(Hub hub, KeptSide side)
    {
        FdRecord record;
        lock (Identity)
        {
            if (IsClosed)
            {
                throw ClosedError();
            }

            record = hub.Table.Keep((int)Handle.DangerousGetHandle(), Identity);
            Add(hub, record);
        }

        side.Hub = hub;
        side.Record = record;
        return record;
    }

    private void Add(Hub hub, FdRecord record)
    {
        if (_hub is null)
        {
            _hub = hub;
            _record = record;
        }
        else if ((_hub != hub || _record != record) && !(_others ??= []).Contains((hub, record)))
        {
            _others.Add((hub, record));
        }
    }

    private KeptSide SideOf(FdEvent direction) => direction == FdEvent.Read ? reading : writing;
}
