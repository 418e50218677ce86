using System.Net;
using System.Net.Sockets;

namespace Eventlet.Net;

/// <summary>
/// A name was not resolved. The code is that of the system's resolver: HostNotFound, the name does not exist; NoData, it has no record of the kind; TryAgain, no server was reached or the server could
/// not find out; NoRecovery, the servers refuse, or the answer leads nowhere.
/// </summary>
public sealed class GreenDnsException : SocketException
{
    internal GreenDnsException(SocketError error, string name, string message, DnsResponseCode? responseCode = null)
        : base((int)error, message)
    {
        Name = name;
        ResponseCode = responseCode;
    }

    /// <summary>The name that was asked for last; for an address that of its PTR record.</summary>
    public string Name { get; }

    /// <summary>What the last server answered; null if the answer is not a server's.</summary>
    public DnsResponseCode? ResponseCode { get; }

    internal static GreenDnsException NotFound(string name, DnsResponseCode? code = null) => new(SocketError.HostNotFound, name, $"there is no host or domain '{name}'", code);

    internal static GreenDnsException NoName(string name, string reason) => new(SocketError.HostNotFound, name, $"'{name}' is not the name of a host or domain: {reason}");

    internal static GreenDnsException NoData(string name, string what, DnsResponseCode? code = null) => new(SocketError.NoData, name, $"'{name}' exists, but has no {what}", code);

    internal static GreenDnsException EndlessAliases(string name) => new(SocketError.NoRecovery, name, $"the aliases of '{name}' do not end at a record");

    internal static GreenDnsException Unreachable(string name, IPEndPoint server, string problem) =>
        new(SocketError.TryAgain, name, $"no name server has told anything of '{name}'; the last one asked, {server}: {problem}");

    internal static GreenDnsException Refused(string name, IPEndPoint server, DnsResponseCode code) =>
        new(code == DnsResponseCode.ServerFailure ? SocketError.TryAgain : SocketError.NoRecovery, name, $"no name server has told anything of '{name}'; the last one asked, {server}, answers {code}", code);
}
