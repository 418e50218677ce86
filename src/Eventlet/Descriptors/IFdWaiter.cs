namespace Eventlet.Descriptors;

/// <summary>Somebody who waits for one direction of a descriptor.</summary>
internal interface IFdWaiter
{
    FdEvent Direction { get; }

    /// <summary>Whether the descriptor must be looked at anew when the wait begins, because the waiter did not try before.</summary>
    bool NeedsLook { get; }

    /// <summary>Whether being told leaves the readiness there, for the keeper's next operation to find: the waiter reads or writes later, or not at all.</summary>
    bool LeavesReadiness { get; }

    /// <summary>Whether it waits on behalf of the descriptor's keeper, who may not wait once he has closed it.</summary>
    bool IsKeepers => false;

    /// <summary>The last announcement of a close when the wait was asked for: see <see cref="FdRecord.Since"/>.</summary>
    long Since { get; }

    /// <summary>Has a backend that does whole operations do this one; false if it has no such form, and waits for readiness.</summary>
    bool Submit(ICompletions completions) => false;

    /// <summary>The backend goes, and this stays: a submitted operation is taken back.</summary>
    void OnDetached()
    {
    }

    /// <summary>The descriptor is, or may be, ready. The waiter stays registered until it is removed.</summary>
    void OnReady();

    /// <summary>The descriptor was closed, or cannot be watched; the waiter is registered no more.</summary>
    void OnClosed(Exception error);

    /// <summary>The hub was dropped: nobody is told, but what others see must not show it as waiting.</summary>
    void OnDropped()
    {
    }
}
