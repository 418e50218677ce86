namespace Eventlet.Net;

/// <summary>The start of a zone, and how long others may remember that a name is not in it (RFC 1035, section 3.3.13; RFC 2308).</summary>
public sealed class SoaRecord : DnsRecord
{
    internal SoaRecord(string name, string primaryServer, string mailbox, uint serial)
        : base(name, DnsRecordType.Soa)
    {
        PrimaryServer = primaryServer;
        Mailbox = mailbox;
        Serial = serial;
    }

    /// <summary>The zone's first name server.</summary>
    public string PrimaryServer { get; }

    /// <summary>Who is responsible: a mail address, the first dot for the @.</summary>
    public string Mailbox { get; }

    /// <summary>The version of the zone.</summary>
    public uint Serial { get; }

    /// <summary>How often secondary servers look for a newer version.</summary>
    public TimeSpan Refresh { get; internal init; }

    /// <summary>How soon they try again.</summary>
    public TimeSpan Retry { get; internal init; }

    /// <summary>How long they go on without having reached the first one.</summary>
    public TimeSpan Expire { get; internal init; }

    /// <summary>How long it may be remembered at most that a name is not there.</summary>
    public TimeSpan Minimum { get; internal init; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() =>
        Text($"{PrimaryServer} {Mailbox} {Serial} {Refresh.TotalSeconds} {Retry.TotalSeconds} {Expire.TotalSeconds} {Minimum.TotalSeconds}");
}
