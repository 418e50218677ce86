using System.Net;
using System.Net.Sockets;
using System.Text;
using static Eventlet.Net.Resolving.NameServers;

namespace Eventlet.Net.Resolving;

/// <summary>Finds hosts: in the hosts file, by rule, and else by asking servers. In greenthreads.</summary>
internal sealed class HostNames(GreenDnsOptions options, NameServers servers)
{
    private const string Localhost = "localhost";

    private readonly WatchedFile<HostsFile> _hosts = new(options.HostsPath, HostsFile.Parse, options.Clock);

    /// <summary>Finds a host by its name.</summary>
    /// <exception cref="GreenDnsException">There is none, none with such an address, or it cannot be found out.</exception>
    internal async Task<HostAnswer> FindAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        string normal = Normalize(name);
        HostsFile hosts = await _hosts.ReadAsync(cancellationToken);
        HostAnswer? known = hosts.Find(normal) ?? (IsLocal(normal) ? new HostAnswer(Localhost, [], [IPAddress.IPv6Loopback, IPAddress.Loopback]) : null);
        if (known is not null)
        {
            IPAddress[] addresses = known.Of(family);
            return addresses.Length > 0 ? known with { Addresses = addresses } : throw GreenDnsException.NoData(name, "address of that family");
        }

        return await SearchAsync(normal, DnsName.IsAbsolute(name), family, cancellationToken);
    }

    /// <summary>Finds a host by its address, with all its addresses if its name leads back to any.</summary>
    /// <exception cref="GreenDnsException">It has no name, or it cannot be found out.</exception>
    internal async Task<HostAnswer> FindAsync(IPAddress address, AddressFamily family, CancellationToken cancellationToken)
    {
        HostAnswer host = await NameOfAsync(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, cancellationToken);
        try
        {
            return host with { Addresses = (await FindAsync(host.Name, family, cancellationToken)).Addresses };
        }
        catch (GreenDnsException)
        {
            // The name alone is an answer, too.
            return host with { Addresses = [] };
        }
    }

    /// <summary>The name below which the names of addresses stand (RFC 1035, section 3.5; RFC 3596, section 2.5).</summary>
    internal static string ReverseName(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return $"{bytes[3]}.{bytes[2]}.{bytes[1]}.{bytes[0]}.in-addr.arpa";
        }

        var name = new StringBuilder();
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            name.Append(Convert.ToString(bytes[i] & 0xF, 16)).Append('.').Append(Convert.ToString(bytes[i] >> 4, 16)).Append('.');
        }

        return name.Append("ip6.arpa").ToString();
    }

    internal static string Normalize(string name)
    {
        try
        {
            return DnsName.Normalize(name);
        }
        catch (DnsFormatException error)
        {
            throw GreenDnsException.NoName(name, error.Message);
        }
    }

    // RFC 6761, section 6.3: such a name never leaves the machine.
    private static bool IsLocal(string name) => DnsName.IsWithin(name, Localhost);

    private async ValueTask<HostAnswer> NameOfAsync(IPAddress address, CancellationToken cancellationToken)
    {
        HostsFile hosts = await _hosts.ReadAsync(cancellationToken);
        if (hosts.Find(address) is { } known)
        {
            return known;
        }

        if (IPAddress.IsLoopback(address))
        {
            return new HostAnswer(Localhost, [], [address]);
        }

        string name = ReverseName(address);
        Session session = await servers.OpenAsync(cancellationToken);
        DnsAnswer answer = await servers.AskAsync(session, new DnsQuestion(name, DnsRecordType.Ptr), cancellationToken);
        string[] names = [.. answer.Records.Cast<PtrRecord>().Select(static record => record.DomainName).Where(DnsName.IsHostName)];
        return names.Length > 0 ? new HostAnswer(names[0], names[1..], [address]) : throw GreenDnsException.NotFound(name, answer.Code);
    }

    private async ValueTask<HostAnswer> SearchAsync(string name, bool isAbsolute, AddressFamily family, CancellationToken cancellationToken)
    {
        Session session = await servers.OpenAsync(cancellationToken);
        GreenDnsException? failure = null;
        foreach (string candidate in session.Configuration.Candidates(name, isAbsolute))
        {
            try
            {
                return await AskAsync(session, candidate, family, cancellationToken);
            }

            // As the C library does: what a server could not find out is passed over, but if none answers, none will for the next domain.
            catch (GreenDnsException error) when (error.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData || error.ResponseCode == DnsResponseCode.ServerFailure)
            {
                failure = Rank(error) >= Rank(failure) ? error : failure;
            }
        }

        throw failure is null or { SocketErrorCode: SocketError.HostNotFound } ? GreenDnsException.NotFound(name, failure?.ResponseCode) : failure;
    }

    private static int Rank(GreenDnsException? failure) => failure?.SocketErrorCode switch
    {
        SocketError.NoData => 3,
        SocketError.TryAgain => 2,
        SocketError.HostNotFound => 1,
        _ => 0,
    };

    private async ValueTask<HostAnswer> AskAsync(Session session, string name, AddressFamily family, CancellationToken cancellationToken)
    {
        ResolvConf file = session.Configuration.File;
        PendingAnswer? six = family == AddressFamily.InterNetwork || file.NoAaaa ? null : servers.Begin(session, new DnsQuestion(name, DnsRecordType.Aaaa));
        PendingAnswer? four = null;
        try
        {
            bool wantsFour = family != AddressFamily.InterNetworkV6;
            four = wantsFour && !file.SingleRequest ? BeginFour() : null;
            Outcome ofSix = await OutcomeAsync(six, cancellationToken);
            four ??= wantsFour ? BeginFour() : null;
            return Combine(name, ofSix, await OutcomeAsync(four, cancellationToken));
        }
        finally
        {
            six?.Leave();
            four?.Leave();
        }

        PendingAnswer BeginFour() => servers.Begin(session, new DnsQuestion(name, DnsRecordType.A));
    }

    // One family that cannot be found out does not spoil the other.
    private static HostAnswer Combine(string name, Outcome six, Outcome four)
    {
        IPAddress[] addresses =
        [
            .. six.Answer?.Records.Cast<AaaaRecord>().Select(static record => record.Address) ?? [],
            .. four.Answer?.Records.Cast<ARecord>().Select(static record => record.Address) ?? [],
        ];
        DnsAnswer? best = four.Answer?.Records.Count > 0 || six.Answer is null ? four.Answer : six.Answer;
        if (addresses.Length > 0)
        {
            return new HostAnswer(best!.CanonicalName, [.. best.Aliases], addresses);
        }

        throw six.Answer?.Code == DnsResponseCode.NameError || four.Answer?.Code == DnsResponseCode.NameError
            ? GreenDnsException.NotFound(name, DnsResponseCode.NameError)
            : six.Failure ?? four.Failure ?? GreenDnsException.NoData(name, "address", best?.Code);
    }

    private static async ValueTask<Outcome> OutcomeAsync(PendingAnswer? pending, CancellationToken cancellationToken)
    {
        try
        {
            return new Outcome(pending is { } some ? await some.AnswerAsync(cancellationToken) : null, null);
        }
        catch (GreenDnsException error)
        {
            return new Outcome(null, error);
        }
    }

    private readonly record struct Outcome(DnsAnswer? Answer, GreenDnsException? Failure);
}
