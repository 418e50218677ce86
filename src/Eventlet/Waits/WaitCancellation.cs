namespace Eventlet.Waits;

/// <summary>How a token ends a wait: at once on the hub's thread, through the inbox from any other.</summary>
internal static class WaitCancellation
{
    internal static CancellationTokenRegistration Register(Wait wait, CancellationToken token)
    {
        // The registration's state carries the wait alone; the version is read when the token fires and checked again on the
        // hub's thread. A recycled wait has unregistered itself before, and one that lost that race is told apart below.
        return token.UnsafeRegister(static (state, fired) => OnCanceled((Wait)state!, fired), wait);
    }

    private static void OnCanceled(Wait wait, CancellationToken fired)
    {
        Hub hub = wait.Hub;
        if (hub.IsCurrent)
        {
            wait.CancelBy(wait.Version, fired);
        }
        else
        {
            hub.Enqueue(new CancelItem(wait, wait.Version, fired));
        }
    }

    private sealed class CancelItem(Wait wait, short version, CancellationToken fired) : HubItem
    {
        internal override void Run(Hub hub) => wait.CancelBy(version, fired);
    }
}
