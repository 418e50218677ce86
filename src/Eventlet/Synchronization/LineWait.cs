using Eventlet.Waits;

namespace Eventlet.Synchronization;

/// <summary>
/// A wait in the line of an object of synchronization. Whoever has something for it takes it out of the line and hands it over, in one step behind the object's
/// gate. From then on it is decided: no time-out, Kill or token takes that away any more. Should its waiter be gone all the same (its hub was dropped),
/// the object takes back what it handed out.
/// </summary>
internal class LineWait<T> : Wait<T>
{
    private Exception? _outcome;
    private int _isHanded;

    /// <summary>What it waits for.</summary>
    internal ILine<T> Line = null!;

    /// <summary>Its neighbours, and whether it stands in the line at all; behind the gate.</summary>
    internal LineWait<T>? Next;
    internal LineWait<T>? Previous;
    internal bool IsListed;

    /// <summary>For a queue: whether it brings <see cref="Wait{T}.Result"/> instead of asking for it.</summary>
    internal bool IsPut;

    /// <summary>For an object that has a value of the caller's for time-outs.</summary>
    internal T TimeoutValue = default!;

    /// <summary>Decides it; it stands in no line any more. Behind the gate.</summary>
    internal Handed<T> Hand(T value, Exception? error = null)
    {
        Result = value;
        _outcome = error;
        Volatile.Write(ref _isHanded, 1);
        return new Handed<T>(this, Version);
    }

    /// <summary>Ends it as it was decided. On the thread of its hub.</summary>
    internal void Arrive(short version)
    {
        if (version == Version)
        {
            Complete(_outcome);
        }
    }

    /// <summary>Decides and ends one that need not stand in line. In its <see cref="ILine{T}.Arm"/>.</summary>
    internal void Accept(T value, Exception? error = null) => Hand(value, error).Deliver();

    private protected override void Arm() => Line.Arm(this);

    private protected override void OnDisarm()
    {
        // Only this thread lists it: "not listed" is certain here, the contrary is found out behind the gate.
        if (IsListed)
        {
            Line.TryLeave(this);
        }
    }

    private protected override bool IsDecided(out Exception? outcome)
    {
        bool isDecided = Volatile.Read(ref _isHanded) != 0 || (!Line.TryLeave(this) && Volatile.Read(ref _isHanded) != 0);
        outcome = isDecided ? _outcome : null;
        return isDecided;
    }

    private protected override void OnTimeout() => Complete(IsDecided(out Exception? outcome) ? outcome : Line.TimeOut(this));

    /// <inheritdoc/>
    internal override void Undelivered() => GiveBack();

    /// <inheritdoc/>
    internal override string Describe() => $"waits for {Line}";

    private protected override void OnAbandoned()
    {
        Line.TryLeave(this);
        GiveBack();
    }

    /// <summary>Abandons it if it is still the same wait.</summary>
    internal void AbandonIf(short version, Exception reason)
    {
        if (version == Version)
        {
            Abandon(reason);
        }
    }

    private void GiveBack()
    {
        if (Interlocked.Exchange(ref _isHanded, 0) != 0 && _outcome is null && !IsPut)
        {
            Line.TakeBack(Result);
        }
    }

    private protected override void OnRelease()
    {
        Volatile.Write(ref _isHanded, 0);
        _outcome = null;
        if (!IsPooled)
        {
            // A blocking call reads its result afterwards.
            return;
        }

        base.OnRelease();
        TimeoutValue = default!;
        IsPut = false;
        Line = null!;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<LineWait<T>>().Return(this);
}
