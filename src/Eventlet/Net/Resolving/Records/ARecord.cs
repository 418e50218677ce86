using System.Net;

namespace Eventlet.Net;

/// <summary>An IPv4 address of a host (RFC 1035, section 3.4.1).</summary>
public sealed class ARecord : DnsRecord
{
    internal ARecord(string name, IPAddress address)
        : base(name, DnsRecordType.A)
    {
        Address = address;
    }

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    /// <summary>As in a zone file.</summary>
    public override string ToString() => Text(Address.ToString());
}
