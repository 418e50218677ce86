namespace Eventlet.Net;

/// <summary>How a listener is made.</summary>
public sealed record ListenOptions
{
    /// <summary>How many connections may wait to be accepted; at least 0. The system has its own limit (net.core.somaxconn). Default: 512.</summary>
    public int Backlog
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 512;

    /// <summary>Whether the port may be taken while connections of an earlier server linger (SO_REUSEADDR). Not on Windows, where it means something else. Default: true.</summary>
    public bool ReuseAddress { get; init; } = true;

    /// <summary>
    /// Whether several sockets of one user may listen on the port (SO_REUSEPORT); Linux spreads the connections over them. Where the system has no such option, and with port 0,
    /// which nobody else can know yet, that is a warning of the event source "Eventlet-Hub", and the listener is made all the same. Default: false; Eventlet for Python shares
    /// every port but 0, so that a second server takes half of the first one's connections in silence.
    /// </summary>
    public bool ReusePort { get; init; }

    /// <summary>Whether a listener on an IPv6 address takes IPv4 too, which matters for <see cref="System.Net.IPAddress.IPv6Any"/> only. Default: true; a system without IPv4 ignores it.</summary>
    public bool DualMode { get; init; } = true;
}
