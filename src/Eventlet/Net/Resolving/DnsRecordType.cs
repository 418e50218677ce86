namespace Eventlet.Net;

/// <summary>The types of records that have a class of their own here; others are given by number, and are <see cref="OtherRecord"/>s.</summary>
public enum DnsRecordType
{
    /// <summary>None; not a type that can be asked for.</summary>
    None = 0,

    /// <summary>An IPv4 address: <see cref="ARecord"/>.</summary>
    A = 1,

    /// <summary>A name server of a zone: <see cref="NsRecord"/>.</summary>
    Ns = 2,

    /// <summary>The name for which this one is an alias: <see cref="CNameRecord"/>.</summary>
    CName = 5,

    /// <summary>The start of a zone: <see cref="SoaRecord"/>.</summary>
    Soa = 6,

#pragma warning disable CA1720 // No pointer of a language: it is the record's name.
    /// <summary>The name of an address: <see cref="PtrRecord"/>.</summary>
    Ptr = 12,
#pragma warning restore CA1720

    /// <summary>Where mail goes: <see cref="MxRecord"/>.</summary>
    Mx = 15,

    /// <summary>Text: <see cref="TxtRecord"/>.</summary>
    Txt = 16,

    /// <summary>An IPv6 address: <see cref="AaaaRecord"/>.</summary>
    Aaaa = 28,

    /// <summary>Where a service is: <see cref="SrvRecord"/>.</summary>
    Srv = 33,
}
