using System.Runtime.InteropServices;

namespace Eventlet.Descriptors;

/// <summary>
/// A descriptor of ours on the hubs that watch it: registered with each when it is first waited for there, until <see cref="Close"/> announces its end.
/// One waiter at a time per direction; the two may be on different hubs.
/// </summary>
internal sealed class KeptDescriptor(SafeHandle handle, string name)
{
    private readonly Side _reading = new();
    private readonly Side _writing = new();
    private readonly List<(Hub Hub, FdRecord Record)> _registrations = [];
    private int _closed;

    internal SafeHandle Handle { get; } = handle;

    /// <summary>Whether others know the descriptor, and may wait for it by trampoline.</summary>
    internal bool IsShared { get; set; }

    internal bool IsClosed => Volatile.Read(ref _closed) != 0;

    /// <summary>What hubs know it by. Not this object, so that a descriptor which was forgotten without a Close is collected with its handle.</summary>
    private Keeper Identity => _reading;

    /// <summary>Whether somebody waits for this direction, and others must not get ahead.</summary>
    internal bool IsBusy(FdEvent direction) => Volatile.Read(ref SideOf(direction).Waiters) != 0;

    /// <summary>Counts a waiter in and finds the record of the descriptor on its hub. On the hub's thread.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits for this direction already, and the hub forbids that.</exception>
    /// <exception cref="IOClosedException">It is closed.</exception>
    internal FdRecord Enter(Hub hub, FdEvent direction)
    {
        Side side = SideOf(direction);
        if (Interlocked.Increment(ref side.Waiters) != 1 && hub.Debug.PreventMultipleReaders)
        {
            Interlocked.Decrement(ref side.Waiters);
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
            Leave(direction);
            throw;
        }
    }

    internal void Leave(FdEvent direction) => Interlocked.Decrement(ref SideOf(direction).Waiters);

    /// <summary>Ends the waits on every hub with <see cref="IOClosedException"/>, then closes the handle. Idempotent. Any thread.</summary>
    internal void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        Identity.Go();
        int fd = (int)Handle.DangerousGetHandle();
        (Hub Hub, FdRecord Record)[] registrations;
        lock (_registrations)
        {
            registrations = [.. _registrations];
            _registrations.Clear();
        }

        foreach ((Hub hub, FdRecord record) in registrations)
        {
            hub.EndKeeping(record, Identity, $"the {name} was closed");
        }

        if (IsShared)
        {
            Hubs.NotifyClose(fd);
        }

        Handle.Dispose();
    }

    internal IOClosedException ClosedError() => new($"the {name} is closed");

    /// <summary>What it is, and its number.</summary>
    public override string ToString() => $"{name} ({(IsClosed ? "closed" : $"descriptor {Handle.DangerousGetHandle()}")})";

    private FdRecord Register(Hub hub, Side side)
    {
        FdRecord record;
        lock (_registrations)
        {
            if (IsClosed)
            {
                throw ClosedError();
            }

            record = hub.Table.Keep((int)Handle.DangerousGetHandle(), Identity);
            if (!_registrations.Contains((hub, record)))
            {
                _registrations.Add((hub, record));
            }
        }

        side.Hub = hub;
        side.Record = record;
        return record;
    }

    private Side SideOf(FdEvent direction) => direction == FdEvent.Read ? _reading : _writing;

    /// <summary>One direction: how many wait, and on which hub the last one did.</summary>
    private sealed class Side : Keeper
    {
        internal int Waiters;
        internal Hub? Hub;
        internal FdRecord? Record;
    }
}
