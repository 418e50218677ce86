using System.Net;
using System.Net.Sockets;

namespace Eventlet.Net.Resolving;

/// <summary>What is known of a host.</summary>
internal sealed record HostAnswer(string Name, string[] Aliases, IPAddress[] Addresses)
{
    /// <summary>The addresses of a family, IPv6 first if it is any.</summary>
    internal IPAddress[] Of(AddressFamily family) => family == AddressFamily.Unspecified
        ? [.. Of(AddressFamily.InterNetworkV6), .. Of(AddressFamily.InterNetwork)]
        : [.. Addresses.Where(address => address.AddressFamily == family)];
}
