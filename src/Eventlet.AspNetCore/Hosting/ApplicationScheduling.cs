namespace Eventlet.AspNetCore;

/// <summary>Where the application runs: Kestrel's protocols, the middleware, the handlers.</summary>
public enum ApplicationScheduling
{
    /// <summary>On the thread pool, as with the stock transport: the hub does the socket work only, and a handler that blocks keeps nobody else waiting. The default.</summary>
    ThreadPool = 0,

    /// <summary>
    /// On the hub of the connection, to completion: from the first byte to the last keep-alive request, also behind awaits of foreign tasks. Each connection is a
    /// greenthread. A handler must not block: it would keep all connections of its hub waiting.
    /// </summary>
    Hub = 1,
}
