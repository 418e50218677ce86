using System.Net.Sockets;
using Eventlet.Net.Resolving;
using static Eventlet.Net.Resolving.NameServers;

namespace Eventlet.Net;

// Records of any type, from name servers alone.
public sealed partial class GreenResolver
{
    /// <summary>The records of a name, as name servers tell them: neither the hosts file nor the search domains count. Aliases are followed. Any thread.</summary>
    /// <typeparam name="TRecord">Which: <see cref="ARecord"/>, <see cref="AaaaRecord"/>, <see cref="CNameRecord"/>, <see cref="MxRecord"/>, <see cref="NsRecord"/>, <see cref="PtrRecord"/>,
    /// <see cref="SoaRecord"/>, <see cref="SrvRecord"/> or <see cref="TxtRecord"/>.</typeparam>
    /// <param name="name">The full name, with or without a dot at the end.</param>
    /// <param name="cancellationToken">Ends the call with <see cref="OperationCanceledException"/>.</param>
    /// <returns>In the server's order. None: the name exists, but has no such record.</returns>
    /// <exception cref="GreenDnsException">The name does not exist (HostNotFound), or it cannot be found out.</exception>
    /// <exception cref="SocketException">There are no sockets to be had.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="TRecord"/> stands for no single type.</exception>
    public async Task<IReadOnlyList<TRecord>> QueryAsync<TRecord>(string name, CancellationToken cancellationToken = default)
        where TRecord : DnsRecord =>
        [.. (await QueryAsync(name, TypeOf<TRecord>(), cancellationToken)).Cast<TRecord>()];

    /// <summary>As <see cref="QueryAsync{TRecord}"/>, for a type that is known by its number only.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="type">1 to 65535, without the types that are no records: OPT (41), and 128 to 255, of which zone transfers are.</param>
    /// <param name="cancellationToken">Ends the call with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="GreenDnsException">The name does not exist (HostNotFound), or it cannot be found out.</exception>
    public Task<IReadOnlyList<DnsRecord>> QueryAsync(string name, DnsRecordType type, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if ((int)type is < 1 or > ushort.MaxValue or DnsRecordReader.Options or (>= 128 and <= 255))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "that is not the number of a type of records");
        }

        return OnHub(() => _parts.QueryAsync(name, type, cancellationToken));
    }

    /// <summary>As <see cref="QueryAsync{TRecord}"/>, blocking, for code outside MAINLOOP.</summary>
    /// <typeparam name="TRecord">Which records.</typeparam>
    /// <param name="name">The full name.</param>
    /// <exception cref="GreenDnsException">The name does not exist, or it cannot be found out.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public IReadOnlyList<TRecord> Query<TRecord>(string name)
        where TRecord : DnsRecord => Block(nameof(Query), () => QueryAsync<TRecord>(name));

    private static DnsRecordType TypeOf<TRecord>()
    {
        Type type = typeof(TRecord);
        return type == typeof(ARecord) ? DnsRecordType.A
            : type == typeof(AaaaRecord) ? DnsRecordType.Aaaa
            : type == typeof(CNameRecord) ? DnsRecordType.CName
            : type == typeof(MxRecord) ? DnsRecordType.Mx
            : type == typeof(NsRecord) ? DnsRecordType.Ns
            : type == typeof(PtrRecord) ? DnsRecordType.Ptr
            : type == typeof(SoaRecord) ? DnsRecordType.Soa
            : type == typeof(SrvRecord) ? DnsRecordType.Srv
            : type == typeof(TxtRecord) ? DnsRecordType.Txt
            : throw new NotSupportedException($"{type.Name} is no single type of records: ask by number, with QueryAsync(name, type)");
    }
}
