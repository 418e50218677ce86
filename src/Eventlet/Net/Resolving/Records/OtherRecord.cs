namespace Eventlet.Net;

/// <summary>A record of a type that has no class of its own here.</summary>
public sealed class OtherRecord : DnsRecord
{
    internal OtherRecord(string name, DnsRecordType type, byte[] bytes)
        : base(name, type) => Bytes = bytes;

    /// <summary>What it says (RDATA), as on the wire. Names in it may be compressed, and then mean nothing without the message; types newer than RFC 3597 have none.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>As in a zone file (RFC 3597).</summary>
    public override string ToString() => $"{Name} {(int)TimeToLive.TotalSeconds} TYPE{(int)Type} \\# {Bytes.Length} {Convert.ToHexString(Bytes.Span)}";
}
