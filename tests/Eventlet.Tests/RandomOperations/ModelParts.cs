namespace Eventlet.Tests.RandomOperations;

/// <summary>Something that user code sees: who is resumed or called back, and with what.</summary>
/// <param name="What">Kind of event.</param>
/// <param name="Who">The number of the greenthread, timer, listener, link or post.</param>
/// <param name="Value">What it gets, if not an error.</param>
/// <param name="Error">The error it gets: the very object where the test made it, else one of <see cref="Errors"/>.</param>
internal readonly record struct Occurrence(string What, int Who, long Value = 0, Exception? Error = null)
{
    public override string ToString() => $"{What} {Who}: {(Error is null ? Value.ToString(System.Globalization.CultureInfo.InvariantCulture) : Error.Message)}";
}

/// <summary>An exception that the test has made, and knows by identity.</summary>
internal sealed class MarkedException(int id) : Exception($"error {id}");

/// <summary>The same, for a quiet end.</summary>
internal sealed class MarkedExit(int id) : GreenletExit($"exit {id}");

/// <summary>What the library makes itself, as one object for each kind.</summary>
internal static class Errors
{
    internal static readonly Exception Cancelled = new InvalidOperationException("cancelled");
    internal static readonly Exception Closed = new InvalidOperationException("closed");
    internal static readonly Exception Refused = new InvalidOperationException("refused");
    internal static readonly Exception TimedOut = new InvalidOperationException("timed out");
    internal static readonly GreenletExit Exit = new("exit");

    internal static Exception Canonical(Exception error) => error switch
    {
        MarkedException or MarkedExit => error,
        OperationCanceledException => Cancelled,
        IOClosedException => Closed,
        InvalidOperationException => Refused,
        GreenTimeoutException => TimedOut,
        GreenletExit => Exit,
        _ => error,
    };
}

internal enum Life
{
    Unbegun,
    Running,
    Dead,
}

internal sealed class ModelGreen(int number)
{
    internal readonly int Number = number;
    internal readonly List<ModelWait> Waits = [];
    internal readonly List<ModelLink> Links = [];
    internal readonly List<ModelWait> Joiners = [];
    internal Life Life;
    internal bool IsDetached;
    internal bool HasValue;
    internal bool IsCounted;
    internal bool IsInInbox;
    internal bool WasKilled;
    internal int Immediate;
    internal Exception? Pending;
    internal Exception? OnItsWay;
    internal Exception? KillError;
    internal Exception? EndError;
    internal ModelScope? Scope;
    internal ModelTimer? Start;

    internal bool IsDead => Life == Life.Dead;

    internal Exception? Failure => EndError is GreenletExit && !HasValue ? null : EndError;
}

internal enum WaitKind
{
    Switch,
    Sleep,
    Join,
    Descriptor,
    Receive,
    Foreign,
    Call,
}

internal sealed class ModelWait(WaitKind kind, ModelGreen? green)
{
    internal readonly WaitKind Kind = kind;
    internal readonly ModelGreen? Green = green;
    internal bool IsPending;
    internal bool IsDelivered;
    internal long Deadline = long.MaxValue;
    internal Exception? TimeoutError;
    internal ModelScope? Scope;
    internal ModelScope? DueScope;
    internal ModelTimer? Timer;
    internal ModelToken? Token;
    internal ModelGreen? Target;
    internal ModelChannel? Channel;
    internal FdEvent Direction;
    internal bool MarksClosed;
    internal int Room;
    internal long Polls;
    internal long Value;
    internal Exception? Error;
}

internal sealed class ModelToken
{
    internal bool IsCancelled;
    internal ModelWait? Wait;
}

internal sealed class ModelScope(int number, long deadline, ModelScope? outer)
{
    internal readonly int Number = number;
    internal readonly long Deadline = deadline;
    internal readonly ModelScope? Outer = outer;
    internal readonly MarkedException Error = new(number);
    internal bool IsCancelled;
    internal bool IsRaised;

    internal bool IsSpent => IsCancelled || IsRaised;

    internal Exception Raise()
    {
        IsRaised = true;
        return Error;
    }
}

internal sealed class ModelLink(int number)
{
    internal readonly int Number = number;
    internal Exception? Throws;

    /// <summary>A greenthread of SpawnAfterLocal, which ends with its spawner.</summary>
    internal ModelGreen? Cancels;
}

/// <summary>Anything that is due at a time.</summary>
internal sealed class ModelTimer(long deadline, Action onDue)
{
    internal readonly Action OnDue = onDue;
    internal readonly long Deadline = deadline;
    internal long Serial;
}

/// <summary>A timer of the user's.</summary>
internal sealed class ModelCall(int number)
{
    internal readonly int Number = number;
    internal ModelGreen? Scheduler;
    internal ModelTimer? Timer;
    internal bool IsOver;
}

internal sealed class ModelListener(int number, ModelChannel channel, FdEvent direction)
{
    internal readonly int Number = number;
    internal readonly ModelChannel Channel = channel;
    internal readonly FdEvent Direction = direction;
    internal bool IsActive = true;
    internal bool IsQueued;
    internal bool MarksClosed;
    internal bool ThrowsBack;
}

internal enum ChannelKind
{
    PipeReader,
    PipeWriter,
    Socket,
    GreenSocket,
}

/// <summary>A descriptor number and the file that it means now; whoever waits for a direction is a <see cref="ModelWait"/> or a <see cref="ModelListener"/>.</summary>
internal sealed class ModelChannel(int slot)
{
    internal readonly int Slot = slot;
    internal ChannelKind Kind;
    internal bool IsOpen;

    /// <summary>Its close was announced on another thread, and the hub has not heard of it.</summary>
    internal bool IsClosing;
    internal int Bytes;
    internal bool PeerClosed;
    internal bool IsFull;
    internal object? Reader;
    internal object? Writer;

    /// <summary>Directions whose readiness went while somebody waited for them, and of which a wait of the hub may tell all the same.</summary>
    internal Interest MayBeTold;

    /// <summary>Those of which it has told.</summary>
    internal Interest IsTold;

    internal bool IsReadable => Bytes > 0 || PeerClosed;

    internal bool IsWritable => !IsFull || PeerClosed;

    /// <summary>Somebody else reads all there is.</summary>
    internal void Drain()
    {
        MayBeTold |= IsReadable && Reader is not null ? Interest.Read : 0;
        Bytes = 0;
    }

    /// <summary>Somebody else writes as much as there is room for.</summary>
    internal void Fill()
    {
        MayBeTold |= IsWritable && Writer is not null ? Interest.Write : 0;
        IsFull = true;
    }

    /// <summary>Somebody begins to wait.</summary>
    internal void SetWaiter(FdEvent direction, object waiter)
    {
        MayBeTold &= ~(direction == FdEvent.Read ? Interest.Read : Interest.Write);
        Waiter(direction) = waiter;
    }

    internal ref object? Waiter(FdEvent direction)
    {
        if (direction == FdEvent.Read)
        {
            return ref Reader;
        }

        return ref Writer;
    }
}
