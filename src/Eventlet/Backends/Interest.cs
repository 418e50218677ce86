namespace Eventlet;

/// <summary>The directions in which a registration waits for a descriptor.</summary>
[Flags]
public enum Interest : byte
{
    /// <summary>Nothing: not a valid interest of a registration.</summary>
    None = 0,

    /// <summary>Readable: data, a connection to accept, end of stream, or an error to collect.</summary>
    Read = 1,

    /// <summary>Writable: room to send, a connect that has ended, or an error to collect.</summary>
    Write = 2,
}
