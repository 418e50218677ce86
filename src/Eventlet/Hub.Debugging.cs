using Eventlet.Diagnostics;

namespace Eventlet;

// What is kept for those who look for mistakes.
public sealed partial class Hub
{
    private object? _step;

    /// <summary>Tells this hub from others of its kind in texts and metrics.</summary>
    internal int Number { get; } = HubMeter.NextHub();

    /// <summary>Errors that nobody waited for, and steps that were found too long. Any thread, by atomic steps.</summary>
    internal long UnhandledErrors;
    internal long BlockedSteps;

    /// <summary>Whether a watchdog wants to know what each step goes on with.</summary>
    internal volatile bool NotesSteps;

    /// <summary>What the present step, or the last one that was noted, went on with: a continuation's state, a body, a callback. Any thread.</summary>
    internal object? Step => Volatile.Read(ref _step);

    internal void NoteStep(object? step)
    {
        if (NotesSteps)
        {
            Volatile.Write(ref _step, step);
        }
    }

    /// <summary>The greenthreads that have not ended, oldest first; those in the inbox are not in it yet.</summary>
    internal List<GreenThread> ListGreenThreads()
    {
        var greens = new List<GreenThread>(_greenThreadCount);
        for (GreenThread? green = _firstGreen; green is not null; green = green.NextOfHub)
        {
            greens.Add(green);
        }

        greens.Reverse();
        return greens;
    }
}
