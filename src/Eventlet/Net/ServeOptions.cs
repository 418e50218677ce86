namespace Eventlet.Net;

/// <summary>How a server treats its connections.</summary>
public sealed record ServeOptions
{
    /// <summary>How many handlers may run at once, on each hub; at least 1. At the limit the server stops accepting until one ends. Default: 1000.</summary>
    public int Concurrency
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1000;

    /// <summary>
    /// What happens to handlers that still run when the server ends. Null: they go on by themselves. Otherwise the server takes no more connections, waits that long for
    /// them to end, then kills the rest and waits for their clean-up; zero kills at once, <see cref="Timeout.InfiniteTimeSpan"/> waits as long as it takes. Default: null.
    /// </summary>
    public TimeSpan? Drain { get; init; }
}
