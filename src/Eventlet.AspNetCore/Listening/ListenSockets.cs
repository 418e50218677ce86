using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Eventlet.AspNetCore;

/// <summary>Which endpoints can be listened at, and the sockets for them.</summary>
internal static class ListenSockets
{
    internal static bool Supports(EndPoint endpoint) => endpoint switch
    {
        IPEndPoint or UnixDomainSocketEndPoint => true,
        FileHandleEndPoint handle => handle.FileHandleType != FileHandleType.Pipe,
        _ => false,
    };

    internal static NotSupportedException Unsupported(EndPoint endpoint) => new(endpoint is NamedPipeEndPoint or FileHandleEndPoint
        ? $"hubs do not listen on {endpoint}: they serve IP endpoints, Unix domain sockets and handles of listening sockets; named pipes have a transport of their own (UseNamedPipes)"
        : $"hubs do not listen on a {endpoint.GetType().Name}: they serve IP endpoints, Unix domain sockets and handles of listening sockets");

    internal static Socket Bind(EndPoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (!Supports(endpoint))
        {
            throw Unsupported(endpoint);
        }

        if (endpoint is FileHandleEndPoint handle)
        {
            return new Socket(new SafeSocketHandle((nint)handle.FileHandle, ownsHandle: false));
        }

        var socket = endpoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint is IPEndPoint ip && ip.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endpoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
