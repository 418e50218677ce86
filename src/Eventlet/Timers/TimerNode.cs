namespace Eventlet.Timers;

/// <summary>A timer as the wheel sees it: what orders it and where it stands, apart from the object that is called.</summary>
/// <remarks>
/// Links are numbers of <see cref="TimerNodes"/>, so that the collector neither follows nor tracks them, and walking a list touches 32 bytes
/// for each timer and not the timer itself.
/// </remarks>
internal struct TimerNode
{
    /// <summary>Whose it is; null: nobody's.</summary>
    internal HubItem? Entry;
    internal long Deadline;

    /// <summary>The neighbours in its list; 0: none.</summary>
    internal int Previous;
    internal int Next;

    /// <summary>Where it stands: level * 64 + slot, or the place of those that are due.</summary>
    internal int Place;

    /// <summary>One that stands three places behind it in its list, or stood there once: only a hint of what will be touched soon.</summary>
    internal int Ahead;
}
