namespace Eventlet.Net;

/// <summary>A name server of a zone (RFC 1035, section 3.3.11).</summary>
public sealed class NsRecord : DnsRecord
{
    internal NsRecord(string name, string nameServer)
        : base(name, DnsRecordType.Ns)
    {
        NameServer = nameServer;
    }

    /// <summary>Its name.</summary>
    public string NameServer { get; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() => Text(NameServer);
}
