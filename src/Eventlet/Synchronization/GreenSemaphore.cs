using Eventlet.Synchronization;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// A number of permits. Who finds none waits; a permit that is released goes to who has waited longest, never past him, so that one who releases and
/// acquires again goes behind the others. In steady state a wait allocates nothing.
/// </summary>
/// <remarks>
/// Any thread and any hub may use it; the blocking forms outside MAINLOOP only. A permit that has been handed to a waiter stays his, whatever comes afterwards: a
/// Kill, a time-out or a token that comes later interrupts his next wait. If his hub is dropped, the permit goes to the next one. There is nothing to dispose.
/// </remarks>
public class GreenSemaphore : ILine<bool>
{
    private readonly int? _bound;
    private Gate _gate = new();
    private WaitLine<bool> _line;
    private int _free;

    /// <summary>Makes one.</summary>
    /// <param name="value">How many permits there are at first; zero or more. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public GreenSemaphore(int value = 1) : this(value, null)
    {
    }

    private protected GreenSemaphore(int value, int? bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        _free = value;
        _bound = bound;
    }

    /// <summary>How many permits could be taken at once. Any thread; a snapshot.</summary>
    public int Free => Volatile.Read(ref _free);

    /// <summary>Whether an acquire would have to wait. Any thread; a snapshot.</summary>
    public bool IsLocked => Free <= 0;

    /// <summary>How many wait. Any thread; a snapshot.</summary>
    public int Waiting => _line.Count;

    /// <summary>The free permits, less those who wait. Any thread; a snapshot.</summary>
    public int Balance => Free - Waiting;

    /// <summary>Whether releasing more than was acquired is an error.</summary>
    public bool IsBounded => _bound is not null;

    /// <summary>Takes a permit if there is one. Any thread, also in callbacks.</summary>
    public bool TryAcquire()
    {
        using Gate.Held _ = _gate.Enter();
        return TryTake();
    }

    /// <summary>Takes a permit as soon as there is one for it. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; the permit is not taken then.</param>
    public ValueTask AcquireAsync(CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(cancellationToken);
        return waiter.Refusal is { } refusal ? Failed.Task(refusal)
            : waiter.MayGoOn && TryAcquire() ? default
            : waiter.StartPlain(Wait(waiter), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes a permit if there is one for it in time. Any thread.</summary>
    /// <param name="timeout">Zero looks once, in the hub's next turn; infinite: no limit; other negative values count as zero.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; the permit is not taken then.</param>
    /// <returns>Whether it was taken.</returns>
    public ValueTask<bool> AcquireAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(cancellationToken);
        return waiter.Refusal is { } refusal ? Failed.Task<bool>(refusal)
            : waiter.MayGoOn && TryAcquire() ? new ValueTask<bool>(true)
            : waiter.Start(Wait(waiter), timeout);
    }

    /// <summary>Takes a permit for the length of a scope: <c>using (await semaphore.EnterAsync()) { … }</c>. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>; the permit is not taken then.</param>
    /// <returns>What releases the permit when it is disposed.</returns>
    public ValueTask<SemaphorePermit> EnterAsync(CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(cancellationToken);
        if (waiter.Refusal is { } refusal)
        {
            return Failed.Task<SemaphorePermit>(refusal);
        }

        if (waiter.MayGoOn && TryAcquire())
        {
            return new ValueTask<SemaphorePermit>(new SemaphorePermit(this));
        }

        PermitWait wait = Wait(waiter);
        if (!waiter.IsGreen)
        {
            return EnterOutside(waiter.StartPlain(wait, Timeout.InfiniteTimeSpan));
        }

        _ = waiter.StartPlain(wait, Timeout.InfiniteTimeSpan);
        return new ValueTask<SemaphorePermit>(wait, wait.Version);
    }

    /// <summary>Blocks until a permit is taken. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public void Acquire() => Acquire(Timeout.InfiniteTimeSpan);

    /// <summary>Blocks until a permit is taken or the time is over. Outside MAINLOOP only.</summary>
    /// <param name="timeout">Zero only looks; infinite: no limit; other negative values count as zero.</param>
    /// <returns>Whether it was taken.</returns>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public bool Acquire(TimeSpan timeout)
    {
        var waiter = Waiter.Blocking("GreenSemaphore.Acquire", "AcquireAsync");
        return TryAcquire() || waiter.Block(Wait(waiter), timeout);
    }

    /// <summary>Gives a permit back, or one more: to who has waited longest, if anybody waits. Never waits itself. Any thread, also in callbacks.</summary>
    /// <exception cref="SemaphoreFullException">It is a bounded one, and has all its permits.</exception>
    /// <exception cref="SynchronizationLockException">It is a lock that nobody holds.</exception>
    public void Release()
    {
        Handed<bool> handed;
        using (_gate.Enter())
        {
            handed = Put(isReturn: false);
        }

        handed.Deliver();
    }

    /// <summary>Its kind, the free permits and how many wait.</summary>
    public override string ToString() => $"{GetType().Name}: {Free} free, {Waiting} waiting";

    private protected virtual Exception Overfull() => new SemaphoreFullException("the semaphore was released more often than it was acquired");

    void ILine<bool>.Arm(LineWait<bool> wait)
    {
        bool isTaken;
        using (_gate.Enter())
        {
            isTaken = TryTake();
            if (!isTaken)
            {
                _line.Add(wait);
            }
        }

        if (isTaken)
        {
            wait.Accept(true);
        }
    }

    bool ILine<bool>.TryLeave(LineWait<bool> wait)
    {
        using Gate.Held _ = _gate.Enter();
        return _line.Remove(wait);
    }

    void ILine<bool>.TakeBack(bool value)
    {
        Handed<bool> handed;
        using (_gate.Enter())
        {
            handed = Put(isReturn: true);
        }

        handed.Deliver();
    }

    Exception? ILine<bool>.TimeOut(LineWait<bool> wait)
    {
        wait.Result = false;
        return null;
    }

    /// <summary>Adds permits, or takes some away: fewer than none are left then until as many were released. Any thread.</summary>
    private protected void Adjust(int difference)
    {
        if (difference < 0)
        {
            using Gate.Held _ = _gate.Enter();
            _free += difference;
        }

        for (; difference > 0; difference--)
        {
            ((ILine<bool>)this).TakeBack(true);
        }
    }

    private static async ValueTask<SemaphorePermit> Scoped(ValueTask acquired, GreenSemaphore semaphore)
    {
        await acquired.ConfigureAwait(false);
        return new SemaphorePermit(semaphore);
    }

    private ValueTask<SemaphorePermit> EnterOutside(ValueTask acquired) => Scoped(acquired, this);

    private PermitWait Wait(in Waiter waiter)
    {
        PermitWait wait = waiter.Rent<PermitWait>();
        wait.Line = this;
        wait.Semaphore = this;
        return wait;
    }

    // Nobody waits while a permit is free: so whoever finds one passes nobody.
    private bool TryTake()
    {
        if (_free <= 0)
        {
            return false;
        }

        _free--;
        return true;
    }

    private Handed<bool> Put(bool isReturn)
    {
        if (!isReturn && _free >= _bound)
        {
            throw Overfull();
        }

        // Below zero after permits were taken away: what is released pays for that first.
        if (_free >= 0 && _line.Take() is { } wait)
        {
            return wait.Hand(true);
        }

        _free++;
        return default;
    }
}
