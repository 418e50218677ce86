using System.Net;

namespace Eventlet.Net;

/// <summary>How a <see cref="GreenResolver"/> resolves. What is null is as resolv.conf(5) says, with the defaults of the C library.</summary>
public sealed record GreenDnsOptions
{
    /// <summary>"yes", in any case: the default resolver asks the system's. Read when the default resolver is first needed.</summary>
    public const string OptOutVariable = "EVENTLET_NO_GREENDNS";

    /// <summary>The name servers, in the order of asking; at least one. Default: null, at most three of the file; if it names none, 127.0.0.1.</summary>
    /// <exception cref="ArgumentException">The list is empty.</exception>
    public IReadOnlyList<IPEndPoint>? Servers
    {
        get;
        init => field = value is { Count: 0 } ? throw new ArgumentException("there must be a name server; null means those of resolv.conf", nameof(value)) : value;
    }

    /// <summary>The domains in which a relative name is looked for. Default: null, those of LOCALDOMAIN or the file; if neither has any, the domain of this machine's name.</summary>
    public IReadOnlyList<string>? Search { get; init; }

    /// <summary>A name with at least so many dots is tried as it is before it is looked for in the domains. 0 or more. Default: null; the C library's is 1.</summary>
    public int? Ndots
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <summary>How long one server is waited for, each time. More than zero. Default: null; the C library's is 5 s. For a limit of the whole use a <see cref="GreenTimeout"/>.</summary>
    public TimeSpan? Timeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }

    /// <summary>How often all servers are gone through. At least 1. Default: null; the C library's is 2.</summary>
    public int? Attempts
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(value));
            field = value;
        }
    }

    /// <summary>Whether each query begins with another server, in turn. Default: null; the C library's is no.</summary>
    public bool? Rotate { get; init; }

    /// <summary>Whether only TCP is used. Default: null; the C library's is no: UDP, and TCP for what is too long for it.</summary>
    public bool? UseTcp { get; init; }

    /// <summary>The file hosts(5), which comes before all servers; looked at again at most every 10 s. Null: none. Default: /etc/hosts, on Windows the system's.</summary>
    public string? HostsPath { get; init; } = OperatingSystem.IsWindows() ? Path.Combine(Environment.SystemDirectory, "drivers", "etc", "hosts") : "/etc/hosts";

    /// <summary>The file resolv.conf(5); looked at again at most every 10 s. If it changes, the cache is emptied. Null: none. Default: /etc/resolv.conf.</summary>
    public string? ResolvConfPath { get; init; } = "/etc/resolv.conf";

    /// <summary>How many answers are remembered; 0: none. Default: 1000.</summary>
    public int CacheSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 1000;

    /// <summary>How long an answer is remembered at most, whatever its time to live. Default: one day.</summary>
    public TimeSpan MaxTimeToLive { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long it is remembered at most that something is not there. Default: 15 minutes.</summary>
    public TimeSpan MaxNegativeTimeToLive { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Tells the age of what is remembered. The time-outs of servers go by the hub's clock. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether hosts are resolved by the system's resolver, which blocks a thread of <see cref="ThreadPoolBridge"/> for each; then nothing else here has a meaning for them. Queries for records have no
    /// such form, and are made all the same. Default: no; on Windows, which has no resolv.conf, yes.
    /// </summary>
    public bool UseSystemResolver { get; init; } = OperatingSystem.IsWindows();
}
