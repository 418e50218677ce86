using System.Runtime.ExceptionServices;

namespace Eventlet;

/// <summary>
/// Notices that a greenthread which was killed during a foreign await got an <see cref="OperationCanceledException"/> of its own token: then it
/// has had its exception. Only the runtime sees that, so its first-chance event is subscribed to, and only while such a Kill is on its way.
/// </summary>
internal static class KillDelivery
{
    private static readonly Lock s_lock = new();
    private static int s_watched;

    /// <summary>Whether any such Kill is on its way.</summary>
    internal static bool IsWatching
    {
        get
        {
            lock (s_lock)
            {
                return s_watched > 0;
            }
        }
    }

    internal static void Watch()
    {
        lock (s_lock)
        {
            if (s_watched++ == 0)
            {
                AppDomain.CurrentDomain.FirstChanceException += OnThrown;
            }
        }
    }

    internal static void Unwatch()
    {
        lock (s_lock)
        {
            if (--s_watched == 0)
            {
                AppDomain.CurrentDomain.FirstChanceException -= OnThrown;
            }
        }
    }

    private static void OnThrown(object? sender, FirstChanceExceptionEventArgs thrown) => GreenThread.Current?.SawThrown(thrown.Exception);
}
