namespace Eventlet.Piping;

/// <summary>How a descriptor is read and written without blocking.</summary>
internal enum PipeKind
{
    /// <summary>Its open file description is in non-blocking mode: it is tried.</summary>
    NonBlocking,

    /// <summary>A socket, whose calls take a flag each.</summary>
    Socket,

    /// <summary>In blocking mode, which is shared with others and must stay: the system is asked first, and no more is moved than it has promised.</summary>
    Asked,

    /// <summary>It has a position and is always ready, but its medium may be slow: the thread pool does it.</summary>
    File,
}
