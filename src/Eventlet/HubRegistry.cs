namespace Eventlet;

/// <summary>All hubs of the process, weakly: for announcements that concern each of them, and to find those whose owner has ended.</summary>
internal static class HubRegistry
{
    private static readonly Lock s_lock = new();
    private static readonly List<WeakReference<Hub>> s_hubs = [];

    internal static void Add(Hub hub)
    {
        List<Hub>? orphans = null;
        lock (s_lock)
        {
            s_hubs.RemoveAll(static entry => !entry.TryGetTarget(out _));
            foreach (WeakReference<Hub> entry in s_hubs)
            {
                if (entry.TryGetTarget(out Hub? other) && other.Owner.HasEnded)
                {
                    (orphans ??= []).Add(other);
                }
            }

            s_hubs.Add(new WeakReference<Hub>(hub));
        }

        orphans?.ForEach(static orphan => orphan.OwnerEnded());
    }

    internal static void Remove(Hub hub)
    {
        lock (s_lock)
        {
            s_hubs.RemoveAll(entry => !entry.TryGetTarget(out Hub? other) || ReferenceEquals(other, hub));
        }
    }

    internal static List<Hub> Snapshot()
    {
        var hubs = new List<Hub>();
        lock (s_lock)
        {
            foreach (WeakReference<Hub> entry in s_hubs)
            {
                if (entry.TryGetTarget(out Hub? hub))
                {
                    hubs.Add(hub);
                }
            }
        }

        return hubs;
    }
}
