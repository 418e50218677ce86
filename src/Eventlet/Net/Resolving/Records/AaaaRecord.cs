using System.Net;

namespace Eventlet.Net;

/// <summary>An IPv6 address of a host (RFC 3596).</summary>
public sealed class AaaaRecord : DnsRecord
{
    internal AaaaRecord(string name, IPAddress address)
        : base(name, DnsRecordType.Aaaa)
    {
        Address = address;
    }

    /// <summary>The address, without a scope.</summary>
    public IPAddress Address { get; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() => Text(Address.ToString());
}
