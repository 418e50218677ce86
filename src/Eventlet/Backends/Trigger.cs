namespace Eventlet;

/// <summary>What a registration does until it is modified.</summary>
public enum Trigger : byte
{
    /// <summary>Reports at every Wait for as long as the descriptor is ready.</summary>
    Level,

    /// <summary>Reports when readiness arises; Register and Modify report readiness that is there already.</summary>
    Edge,

    /// <summary>
    /// Reports once, then stays silent until Modify, which reports readiness that is there already. The report tells what was so when the registration
    /// fired; it may be so no longer when Wait returns it.
    /// </summary>
    OneShot,
}
