namespace Eventlet.Net;

/// <summary>The name of an address (RFC 1035, section 3.3.12). Whoever owns the address may say any name.</summary>
public sealed class PtrRecord : DnsRecord
{
    internal PtrRecord(string name, string domainName)
        : base(name, DnsRecordType.Ptr)
    {
        DomainName = domainName;
    }

    /// <summary>The name.</summary>
    public string DomainName { get; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() => Text(DomainName);
}
