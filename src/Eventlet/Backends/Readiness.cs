namespace Eventlet;

/// <summary>What a backend saw of a descriptor. <see cref="HangUp"/>, <see cref="Error"/> and <see cref="Invalid"/> come unasked.</summary>
[Flags]
public enum Readiness : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A read would not block.</summary>
    Read = 1,

    /// <summary>A write would not block.</summary>
    Write = 2,

    /// <summary>Both directions have ended (POLLHUP): reader and writer are woken and learn the cause from their own retry.</summary>
    HangUp = 4,

    /// <summary>An error is pending (POLLERR): reader and writer are woken.</summary>
    Error = 8,

    /// <summary>The descriptor is not open (POLLNVAL): its waiters fail.</summary>
    Invalid = 16,

    /// <summary>The peer has ended its half of the stream (POLLRDHUP); reported together with <see cref="Read"/>.</summary>
    ReadEnd = 32,

    /// <summary>Out-of-band data is there (POLLPRI); reported together with <see cref="Read"/>. A read stops before it, so a short one may have left something.</summary>
    Priority = 64,
}
