using System.Net;
using System.Net.Sockets;

namespace Eventlet.Tests.Resolving;

/// <summary>A port of loopback where nobody is: the system refuses whoever asks there. It is held by a socket that takes datagrams of one peer only, which never sends any.</summary>
internal sealed class AbsentServer : IDisposable
{
    private readonly Socket _holder = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    internal AbsentServer()
    {
        _holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = (IPEndPoint)_holder.LocalEndPoint!;
        _holder.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.99"), 9));
    }

    internal IPEndPoint Address { get; }

    public void Dispose() => _holder.Dispose();
}
