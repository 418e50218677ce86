using System.Net;
using System.Net.Sockets;
using Eventlet.Net.Resolving;

namespace Eventlet.Net;

/// <summary>
/// Resolves names on hubs: the hosts file first, then name servers over green sockets, with a cache. Addresses as text, and localhost, are known without asking. Nothing is read and nobody is asked before the first
/// call. See docs/dns.md.
/// </summary>
/// <remarks>
/// Any thread and any hub may use one; the blocking forms outside MAINLOOP only. What several greenthreads of a hub want to know at once is asked once. Kill, time-outs and tokens end a call at once; a query that
/// nobody waits for any more is given up. There is nothing to dispose.
/// </remarks>
/// <param name="options">How; null: the defaults.</param>
public sealed partial class GreenResolver(GreenDnsOptions? options = null)
{
    private readonly Parts _parts = new(options ?? new GreenDnsOptions());

    /// <summary>How it resolves.</summary>
    public GreenDnsOptions Options => _parts.Options;

    /// <summary>How many answers of servers are remembered. Any thread; a snapshot.</summary>
    public int CacheCount => _parts.Servers.Cache.Count;

    /// <summary>Forgets all answers. Any thread.</summary>
    public void ClearCache() => _parts.Servers.Cache.Clear();

    /// <summary>The addresses of a host, IPv6 before IPv4. Any thread.</summary>
    /// <param name="hostNameOrAddress">A name, which may be international, or an address as text, which is returned as it is. With a dot at the end it is not looked for in the search domains.</param>
    /// <param name="family">InterNetwork, InterNetworkV6, or Unspecified: both; then one that cannot be found out does no harm if the other can.</param>
    /// <param name="cancellationToken">Ends the call with <see cref="OperationCanceledException"/>.</param>
    /// <returns>At least one; none if the text is an address of the other family.</returns>
    /// <exception cref="GreenDnsException">Not found. With the system's resolver it is a plain <see cref="SocketException"/>.</exception>
    /// <exception cref="SocketException">There are no sockets to be had, TooManyOpenSockets for instance.</exception>
    public Task<IPAddress[]> GetHostAddressesAsync(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified, CancellationToken cancellationToken = default)
    {
        Check(hostNameOrAddress, family);
        if (IPAddress.TryParse(hostNameOrAddress, out IPAddress? address))
        {
            return Task.FromResult<IPAddress[]>(family == AddressFamily.Unspecified || address.AddressFamily == family ? [address] : []);
        }

        return OnHub(() => _parts.AddressesAsync(hostNameOrAddress, family, cancellationToken));
    }

    /// <summary>As <see cref="GetHostAddressesAsync"/>, blocking, for code outside MAINLOOP.</summary>
    /// <param name="hostNameOrAddress">A name or an address.</param>
    /// <param name="family">Which addresses.</param>
    /// <exception cref="GreenDnsException">Not found.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public IPAddress[] GetHostAddresses(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified) =>
        Block(nameof(GetHostAddresses), () => GetHostAddressesAsync(hostNameOrAddress, family));

    /// <summary>A host with its canonical name, aliases and addresses. For an address, its name is asked for first; if that has no addresses, the list is empty. Any thread.</summary>
    /// <param name="hostNameOrAddress">A name, or an address as text.</param>
    /// <param name="family">Which addresses.</param>
    /// <param name="cancellationToken">Ends the call with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="GreenDnsException">Not found.</exception>
    public Task<IPHostEntry> GetHostEntryAsync(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified, CancellationToken cancellationToken = default)
    {
        Check(hostNameOrAddress, family);
        return OnHub(() => _parts.EntryAsync(hostNameOrAddress, family, cancellationToken));
    }

    /// <inheritdoc cref="GetHostEntryAsync(string, AddressFamily, CancellationToken)"/>
    /// <param name="address">The address. What its owner says of its name is not verified, but it is a host's name in ASCII.</param>
    public Task<IPHostEntry> GetHostEntryAsync(IPAddress address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        return OnHub(() => _parts.EntryAsync(address, cancellationToken));
    }

    /// <summary>As <see cref="GetHostEntryAsync(string, AddressFamily, CancellationToken)"/>, blocking, for code outside MAINLOOP.</summary>
    /// <param name="hostNameOrAddress">A name or an address.</param>
    /// <param name="family">Which addresses.</param>
    /// <exception cref="GreenDnsException">Not found.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public IPHostEntry GetHostEntry(string hostNameOrAddress, AddressFamily family = AddressFamily.Unspecified) =>
        Block(nameof(GetHostEntry), () => GetHostEntryAsync(hostNameOrAddress, family));

    /// <inheritdoc cref="GetHostEntry(string, AddressFamily)"/>
    /// <param name="address">The address.</param>
    public IPHostEntry GetHostEntry(IPAddress address) => Block(nameof(GetHostEntry), () => GetHostEntryAsync(address));

    private static void Check(string host, AddressFamily family)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (family is not (AddressFamily.Unspecified or AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
        {
            throw new ArgumentException($"a host has no {family} address: InterNetwork, InterNetworkV6 or Unspecified", nameof(family));
        }
    }

    private static Task<T> OnHub<T>(Func<Task<T>> body) => GreenThread.Current is null ? Hubs.GetHub().InvokeAsync(body) : body();

    private static T Block<T>(string name, Func<Task<T>> body)
    {
        Blocking.RefuseInMainloop($"GreenResolver.{name}", $"{name}Async");
        GreenThread<T> resolving = Hubs.GetHub().Spawn(body);
        try
        {
            return resolving.Wait();
        }
        finally
        {
            resolving.Kill();
        }
    }
}
