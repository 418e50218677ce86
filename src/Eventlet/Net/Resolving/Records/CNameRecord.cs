namespace Eventlet.Net;

/// <summary>Says of what a name is an alias (RFC 1035, section 3.3.1).</summary>
public sealed class CNameRecord : DnsRecord
{
    internal CNameRecord(string name, string canonicalName)
        : base(name, DnsRecordType.CName)
    {
        CanonicalName = canonicalName;
    }

    /// <summary>The other name, which may be an alias again.</summary>
    public string CanonicalName { get; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() => Text(CanonicalName);
}
