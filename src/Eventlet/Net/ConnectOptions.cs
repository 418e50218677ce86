using System.Net;

namespace Eventlet.Net;

/// <summary>How a connection to a named host is made.</summary>
public sealed record ConnectOptions
{
    /// <summary>
    /// How long one address may be tried alone before the next one is tried beside it; one that fails is followed at once. More than zero.
    /// Default: 250 ms (the Connection Attempt Delay of RFC 8305, section 5).
    /// </summary>
    public TimeSpan AttemptDelay
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Finds the addresses of a host, in order of preference. Called on the hub's thread; it must not block.
    /// Default: <see cref="GreenDns"/>.
    /// </summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolver { get; init; } = static (host, cancellationToken) =>
        GreenDns.GetHostAddressesAsync(host, cancellationToken: cancellationToken);
}
