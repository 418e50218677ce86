namespace Eventlet.Timers;

/// <summary>Something that can stand in a <see cref="TimerWheel"/>: the wheel's links are the entry's own fields, so arming allocates nothing.</summary>
internal abstract class TimerEntry : HubItem
{
    /// <summary>When it is due, in nanoseconds of the hub's clock.</summary>
    internal long Deadline;

    internal TimerEntry? TimerPrevious;
    internal TimerEntry? TimerNext;

    /// <summary>Where it stands: level * 64 + slot, or -1 when it is in no wheel.</summary>
    internal int TimerPlace = -1;

    /// <summary>Whether it stands in a wheel.</summary>
    internal bool IsArmed => TimerPlace >= 0;

    /// <summary>Called by the hub, on its thread, when the entry was due; it has left the wheel by then.</summary>
    internal abstract void OnDue(Hub hub);
}
