namespace Eventlet;

/// <summary>
/// Where other threads leave work for a hub: a stack of intrusive links that the hub's thread takes whole and turns round, so
/// that each poster's order is kept. Lock-free; the push is a full fence, which the hub's sleep protocol relies on.
/// </summary>
internal sealed class Inbox
{
    private HubItem? _top;

    internal bool IsEmpty => Volatile.Read(ref _top) is null;

    internal void Push(HubItem item)
    {
        HubItem? top = Volatile.Read(ref _top);
        while (true)
        {
            item.InboxNext = top;
            HubItem? seen = Interlocked.CompareExchange(ref _top, item, top);
            if (ReferenceEquals(seen, top))
            {
                return;
            }

            top = seen;
        }
    }

    /// <summary>Moves everything to the ready queue, oldest first. Hub thread only.</summary>
    internal void DrainTo(ReadyQueue ready)
    {
        HubItem? newest = Interlocked.Exchange(ref _top, null);
        HubItem? oldest = null;
        while (newest is not null)
        {
            HubItem? next = newest.InboxNext;
            newest.InboxNext = oldest;
            oldest = newest;
            newest = next;
        }

        while (oldest is not null)
        {
            HubItem? next = oldest.InboxNext;
            oldest.InboxNext = null;
            ready.Push(oldest);
            oldest = next;
        }
    }
}
