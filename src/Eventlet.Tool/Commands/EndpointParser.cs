using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Eventlet.Tool.Commands;

/// <summary>HOST:PORT, where HOST is an IPv4 address, an IPv6 address in brackets, or a name.</summary>
internal static class EndpointParser
{
    internal static bool TryParse(string text, [NotNullWhen(true)] out EndPoint? endpoint)
    {
        endpoint = null;
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        string host = text[..colon];
        bool isBracketed = host is ['[', .., ']'];
        if (IPAddress.TryParse(isBracketed ? host[1..^1] : host, out IPAddress? address))
        {
            endpoint = new IPEndPoint(address, port);
            return isBracketed == (address.AddressFamily == AddressFamily.InterNetworkV6);
        }

        if (Uri.CheckHostName(host) != UriHostNameType.Dns)
        {
            return false;
        }

        endpoint = new DnsEndPoint(host, port);
        return true;
    }

    /// <summary>The address that a name stands for, the first one if there are several.</summary>
    internal static async Task<IPEndPoint> ResolveAsync(EndPoint endpoint)
    {
        if (endpoint is not DnsEndPoint name)
        {
            return (IPEndPoint)endpoint;
        }

        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(name.Host);
            return new IPEndPoint(addresses[0], name.Port);
        }
        catch (SocketException error)
        {
            throw new IOException($"cannot resolve {name.Host}: {error.Message}", error);
        }
    }
}
