namespace Eventlet.Net;

/// <summary>What a name server says of a query as a whole (RFC 1035, section 4.1.1, and RFC 6895); a server may say others than these.</summary>
public enum DnsResponseCode
{
    /// <summary>The name exists; whether it has records of the type is another question.</summary>
    NoError = 0,

    /// <summary>The server did not understand the query.</summary>
    FormatError = 1,

    /// <summary>The server could not find out (SERVFAIL).</summary>
    ServerFailure = 2,

    /// <summary>The name does not exist (NXDOMAIN).</summary>
    NameError = 3,

    /// <summary>The server does not do such queries.</summary>
    NotImplemented = 4,

    /// <summary>The server will not answer this client.</summary>
    Refused = 5,

    /// <summary>The server does not speak this version of EDNS.</summary>
    BadVersion = 16,
}
