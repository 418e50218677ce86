using System.Net;
using System.Net.Sockets;

namespace Eventlet.Net;

/// <summary>Names and addresses, with the default resolver: what System.Net.Dns does, without keeping a hub or a thread. See docs/dns.md.</summary>
public static class GreenDns
{
    private static GreenResolver? s_default;

    /// <summary>
    /// The resolver of this class, of <see cref="GreenNet.ConnectAsync(string, int, ConnectOptions?, CancellationToken)"/> and of <see cref="GreenHttp"/>; may be replaced, for calls from then on. Any thread.
    /// Default: one with the default options; if EVENTLET_NO_GREENDNS is "yes" when it is first needed, one that asks the system's.
    /// </summary>
    public static GreenResolver Default
    {
        get => Volatile.Read(ref s_default) ?? Interlocked.CompareExchange(ref s_default, MakeDefault(Environment.GetEnvironmentVariable(GreenDnsOptions.OptOutVariable)), null) ?? s_default;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Volatile.Write(ref s_default, value);
        }
    }

    /// <inheritdoc cref="GreenResolver.GetHostAddressesAsync"/>
    public static Task<IPAddress[]> GetHostAddressesAsync(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified, CancellationToken cancellationToken = default) =>
        Default.GetHostAddressesAsync(hostNameOrAddress, family, cancellationToken);

    /// <inheritdoc cref="GreenResolver.GetHostAddresses"/>
    public static IPAddress[] GetHostAddresses(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified) => Default.GetHostAddresses(hostNameOrAddress, family);

    /// <inheritdoc cref="GreenResolver.GetHostEntryAsync(string, AddressFamily, CancellationToken)"/>
    public static Task<IPHostEntry> GetHostEntryAsync(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified, CancellationToken cancellationToken = default) =>
        Default.GetHostEntryAsync(hostNameOrAddress, family, cancellationToken);

    /// <inheritdoc cref="GreenResolver.GetHostEntryAsync(IPAddress, CancellationToken)"/>
    public static Task<IPHostEntry> GetHostEntryAsync(IPAddress address, CancellationToken cancellationToken = default) => Default.GetHostEntryAsync(address, cancellationToken);

    /// <inheritdoc cref="GreenResolver.GetHostEntry(string, AddressFamily)"/>
    public static IPHostEntry GetHostEntry(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified) => Default.GetHostEntry(hostNameOrAddress, family);

    /// <inheritdoc cref="GreenResolver.GetHostEntry(IPAddress)"/>
    public static IPHostEntry GetHostEntry(IPAddress address) => Default.GetHostEntry(address);

    /// <inheritdoc cref="GreenResolver.QueryAsync{TRecord}(string, CancellationToken)"/>
    public static Task<IReadOnlyList<TRecord>> QueryAsync<TRecord>(string name, CancellationToken cancellationToken = default)
        where TRecord : DnsRecord => Default.QueryAsync<TRecord>(name, cancellationToken);

    /// <inheritdoc cref="GreenResolver.Query{TRecord}(string)"/>
    public static IReadOnlyList<TRecord> Query<TRecord>(string name)
        where TRecord : DnsRecord => Default.Query<TRecord>(name);

    /// <summary>The default resolver under an environment.</summary>
    internal static GreenResolver MakeDefault(string? optOut)
    {
        var options = new GreenDnsOptions();
        return new GreenResolver(string.Equals(optOut, "yes", StringComparison.OrdinalIgnoreCase) ? options with { UseSystemResolver = true } : options);
    }
}
