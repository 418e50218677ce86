namespace Eventlet.Waits;

/// <summary>
/// Somebody outside the hub's greenthreads who waits for something of the hub: an await on another thread, a blocking call, an
/// InvokeAsync. The hub keeps them in one table, so that each is told when the hub is dropped. Ended once, from any thread.
/// </summary>
internal abstract class OutsideWait(Hub hub)
{
    private const int Open = 0;
    private const int Claimed = 1;
    private const int Over = 2;

    private int _state;

    /// <summary>The hub that is waited for.</summary>
    internal Hub Hub { get; } = hub;

    /// <summary>What it waits for, on the hub's thread; null for the end of a greenthread.</summary>
    internal Wait? Begun;

    /// <summary>The links of the hub's table, guarded by its lock.</summary>
    internal OutsideWait? Previous;
    internal OutsideWait? Next;
    internal bool IsListed;

    /// <summary>Whether the hub must go on running for it after a blocking call of the owner has returned. Guarded by the table's lock.</summary>
    internal bool NeedsLoop;

    /// <summary>Whether it has its outcome.</summary>
    internal bool IsOver => Volatile.Read(ref _state) == Over;

    /// <summary>Whether what it waits for has ended, and it is about to be told.</summary>
    internal bool IsClaimed => Volatile.Read(ref _state) == Claimed;

    /// <summary>
    /// What it waits for has ended, so its outcome is that, though it stands on the ready queue still: an interruption that comes meanwhile is not for this one. False: its
    /// waiter has gone, and what was taken for it belongs to the next one who asks. On the hub's thread.
    /// </summary>
    internal bool TryClaim() => Interlocked.CompareExchange(ref _state, Claimed, Open) == Open;

    /// <summary>Takes the outcome of a wait that has ended, on the hub's thread.</summary>
    internal void Take(Wait wait)
    {
        if (TryEnd(evenIfClaimed: true))
        {
            Deliver(wait);
        }
        else
        {
            wait.Undelivered();
        }

        wait.Release();
    }

    /// <summary>Ends it with an error: the hub was dropped or interrupted. Any thread.</summary>
    /// <param name="error">The error.</param>
    /// <param name="evenIfClaimed">Also if what it waits for has ended, because nobody will hand that over.</param>
    /// <returns>False: it had ended before.</returns>
    internal bool Fail(Exception error, bool evenIfClaimed = false)
    {
        if (!TryEnd(evenIfClaimed))
        {
            return false;
        }

        if (Begun is not null && !Hub.IsDisposed)
        {
            // The hub still waits for it. Before the delivery, so that whatever its waiter begins next comes behind.
            Hub.Enqueue(new WithdrawItem(Begun, this));
        }

        TryDeliver(error);
        return true;
    }

    /// <summary>As <see cref="Fail"/>, for a hub that stays: what it waited for must not stand in the way of others. Only where the loop's state may be touched.</summary>
    internal void GiveUp(Exception error)
    {
        if (TryEnd(evenIfClaimed: true))
        {
            TryDeliver(error);
        }

        Begun?.GiveUp(error);
    }

    private void TryDeliver(Exception error)
    {
        try
        {
            Deliver(error);
        }
        catch (Exception failure)
        {
            // An awaiter's SynchronizationContext has refused it; that must not keep the others from being told.
            Hub.ReportUnhandled(failure);
        }
    }

    private protected bool TryEnd(bool evenIfClaimed = false)
    {
        int before = evenIfClaimed ? Interlocked.Exchange(ref _state, Over) : Interlocked.CompareExchange(ref _state, Over, Open);
        if (before == Over || (before == Claimed && !evenIfClaimed))
        {
            return false;
        }

        Hub.Outsiders.Remove(this);
        return true;
    }

    private protected abstract void Deliver(Wait wait);

    private protected abstract void Deliver(Exception error);

    private sealed class WithdrawItem(Wait begun, OutsideWait gone) : HubItem
    {
        internal override void Run(Hub hub) => begun.Withdraw(gone);

        internal override void Abandon(Exception reason) => begun.Abandon(reason);
    }
}
