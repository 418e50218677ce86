namespace Eventlet.Net;

/// <summary>One record of the domain name system. Names are without the last dot, in ASCII; bytes that are not printable stand as \DDD, as in zone files.</summary>
public abstract class DnsRecord
{
    private protected DnsRecord(string name, DnsRecordType type)
    {
        Name = name;
        Type = type;
    }

    /// <summary>Whose record it is: the name that was asked for, or the one that it is an alias of.</summary>
    public string Name { get; }

    /// <summary>Its type.</summary>
    public DnsRecordType Type { get; }

    /// <summary>How much longer it may be kept, in whole seconds when a server has told it; what comes from the cache is older, and has less. 0: not at all.</summary>
    public TimeSpan TimeToLive { get; internal set; }

    /// <summary>The record with the time to live that is left at a later time.</summary>
    internal DnsRecord Aged(TimeSpan age)
    {
        var copy = (DnsRecord)MemberwiseClone();
        copy.TimeToLive = TimeToLive > age ? TimeToLive - age : TimeSpan.Zero;
        return copy;
    }

    private protected string Text(string body) => $"{Name} {(int)TimeToLive.TotalSeconds} {Type} {body}";
}
