namespace Eventlet;

/// <summary>In what a backend differs from the plainest one: level-triggered, nothing more.</summary>
public readonly record struct BackendCapabilities
{
    /// <summary>What a registration does until it is modified. Default: <see cref="Trigger.Level"/>.</summary>
    public Trigger Trigger { get; init; }

    /// <summary>Whether a descriptor that was closed behind the hub's back is reported as <see cref="Readiness.Invalid"/>.</summary>
    public bool SeesClose { get; init; }

    /// <summary>Whether a regular file may be registered and is reported ready always, as POSIX says of poll.</summary>
    public bool RegularFiles { get; init; }

    /// <summary>Whether the end of the peer's half of a stream is reported as an event of its own (<see cref="Readiness.ReadEnd"/>).</summary>
    public bool ReadEnd { get; init; }

    /// <summary>Whether urgent ("out-of-band") data of a TCP connection is reported as <see cref="Readiness.Read"/>.</summary>
    public bool OutOfBand { get; init; }

    /// <summary>The highest descriptor that can be registered; null where there is no limit but the process's own.</summary>
    public int? MaxDescriptor { get; init; }
}
