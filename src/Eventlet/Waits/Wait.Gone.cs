namespace Eventlet.Waits;

// What becomes of a wait whose waiter has gone: its waiter outside, or its hub.
internal abstract partial class Wait
{
    /// <summary>Told that nobody will see its result: its waiter outside has gone, or its hub.</summary>
    internal virtual void Undelivered()
    {
    }

    /// <summary>Whether what it has taken for a waiter who has gone must be put back before anybody else runs, since others take from the same stream.</summary>
    private protected virtual bool KeepsForNext => false;

    /// <summary>Ends it for a waiter outside who has gone already. Where the loop's state may be touched.</summary>
    internal void GiveUp(Exception error)
    {
        Complete(error);
        GiveBack();
    }

    private void GiveBack()
    {
        if (State == Phase.Completed)
        {
            State = Phase.Lost;
            Undelivered();
        }
    }

    /// <summary>Ends a wait whose waiter outside has gone: nothing of it stays armed, and it takes nothing that others could have.</summary>
    internal void Withdraw(OutsideWait gone)
    {
        if (ReferenceEquals(Outside, gone))
        {
            Complete();
        }
    }

    /// <summary>The hub was dropped: what stands elsewhere, in a token or in another hub, is taken back. Where the loop's state may be touched.</summary>
    internal sealed override void Abandon(Exception reason)
    {
        if (State == Phase.Pending)
        {
            _limits?.Registration.Unregister();
            OnAbandoned();
        }
        else
        {
            GiveBack();
        }
    }

    /// <summary>Leaves what belongs to another hub. May be called twice.</summary>
    private protected virtual void OnAbandoned()
    {
    }
}
