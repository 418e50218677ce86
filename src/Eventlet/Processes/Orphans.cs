using System.Runtime.InteropServices;

namespace Eventlet.Processes;

/// <summary>Children that nobody waits for any more, until their status is taken: at every SIGCHLD those that have ended. Any thread.</summary>
internal static class Orphans
{
    private static readonly Lock s_lock = new();
    private static readonly List<Child> s_children = [];

    // For the life of the process: to end it would race with the next child.
    private static PosixSignalRegistration? s_registration;

    internal static void Add(Child child)
    {
        lock (s_lock)
        {
            s_children.Add(child);
            s_registration ??= OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => Sweep());
        }

        // It may have ended before it was listed.
        Sweep();
    }

    private static void Sweep()
    {
        lock (s_lock)
        {
            s_children.RemoveAll(static child => child.TryReap() is not null);
        }
    }
}
