namespace Eventlet.Net;

/// <summary>A host that takes the mail of a domain (RFC 1035, section 3.3.9).</summary>
public sealed class MxRecord : DnsRecord
{
    internal MxRecord(string name, int preference, string exchange)
        : base(name, DnsRecordType.Mx)
    {
        Preference = preference;
        Exchange = exchange;
    }

    /// <summary>0 to 65535; those with less are tried first.</summary>
    public int Preference { get; }

    /// <summary>The host's name; "." alone says that the domain takes no mail (RFC 7505).</summary>
    public string Exchange { get; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() => Text($"{Preference} {Exchange}");
}
