namespace Eventlet;

/// <summary>The direction that a listener waits for.</summary>
public enum FdEvent
{
    /// <summary>The descriptor can be read.</summary>
    Read,

    /// <summary>The descriptor can be written.</summary>
    Write,
}
