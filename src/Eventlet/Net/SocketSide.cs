using Eventlet.Descriptors;

namespace Eventlet.Net;

/// <summary>One direction of a socket: who waits for it, and what its last try told. Used by one waiter at a time.</summary>
internal sealed class SocketSide : KeptSide
{
    /// <summary>Whether the last read took less than it could have: nothing is left, and trying again would fail.</summary>
    internal volatile bool IsDrained;

    /// <summary>What the last receive that a backend did told of the next one.</summary>
    internal Expectation Expected;
}
