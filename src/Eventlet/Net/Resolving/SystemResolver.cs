using System.Net;
using System.Net.Sockets;

#pragma warning disable RS0030 // The one place that asks the system, on threads that may block.

namespace Eventlet.Net.Resolving;

/// <summary>The system's resolver. It blocks, so each call has a thread of <see cref="ThreadPoolBridge"/>.</summary>
internal static class SystemResolver
{
    internal static async Task<IPAddress[]> GetHostAddressesAsync(string host, AddressFamily family, CancellationToken cancellationToken) =>
        await ThreadPoolBridge.ExecuteAsync(() => Dns.GetHostAddresses(host, family), cancellationToken);

    internal static async Task<IPHostEntry> GetHostEntryAsync(string host, AddressFamily family, CancellationToken cancellationToken) =>
        await ThreadPoolBridge.ExecuteAsync(() => Dns.GetHostEntry(host, family), cancellationToken);

    internal static async Task<IPHostEntry> GetHostEntryAsync(IPAddress address, CancellationToken cancellationToken) =>
        await ThreadPoolBridge.ExecuteAsync(() => Dns.GetHostEntry(address), cancellationToken);
}
