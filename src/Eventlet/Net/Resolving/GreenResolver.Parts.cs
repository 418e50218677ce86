using System.Net;
using System.Net.Sockets;
using Eventlet.Net.Resolving;
using static Eventlet.Net.Resolving.NameServers;

namespace Eventlet.Net;

// What the public members are made of. In greenthreads.
public sealed partial class GreenResolver
{
    private sealed class Parts
    {
        private readonly HostNames _hosts;

        internal Parts(GreenDnsOptions options)
        {
            Options = options;
            Servers = new NameServers(options);
            _hosts = new HostNames(options, Servers);
        }

        internal GreenDnsOptions Options { get; }

        internal NameServers Servers { get; }

        internal async Task<IPAddress[]> AddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken) => Options.UseSystemResolver
            ? await SystemResolver.GetHostAddressesAsync(name, family, cancellationToken)
            : (await _hosts.FindAsync(name, family, cancellationToken)).Addresses;

        internal async Task<IPHostEntry> EntryAsync(string name, AddressFamily family, CancellationToken cancellationToken)
        {
            if (Options.UseSystemResolver)
            {
                return await SystemResolver.GetHostEntryAsync(name, family, cancellationToken);
            }

            return ToEntry(IPAddress.TryParse(name, out IPAddress? address)
                ? await _hosts.FindAsync(address, family, cancellationToken)
                : await _hosts.FindAsync(name, family, cancellationToken));
        }

        internal async Task<IPHostEntry> EntryAsync(IPAddress address, CancellationToken cancellationToken) => Options.UseSystemResolver
            ? await SystemResolver.GetHostEntryAsync(address, cancellationToken)
            : ToEntry(await _hosts.FindAsync(address, AddressFamily.Unspecified, cancellationToken));

        internal async Task<IReadOnlyList<DnsRecord>> QueryAsync(string name, DnsRecordType type, CancellationToken cancellationToken)
        {
            var question = new DnsQuestion(HostNames.Normalize(name), type);
            Session session = await Servers.OpenAsync(cancellationToken);
            DnsAnswer answer = await Servers.AskAsync(session, question, cancellationToken);
            return answer.Code == DnsResponseCode.NameError ? throw GreenDnsException.NotFound(name, answer.Code) : answer.Records;
        }

        private static IPHostEntry ToEntry(HostAnswer host) => new() { HostName = host.Name, Aliases = host.Aliases, AddressList = host.Addresses };
    }
}
