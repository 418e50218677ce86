using System.Net;
using System.Net.Sockets;

namespace Eventlet.Backends;

/// <summary>A wake-up by two UDP sockets on the loopback, connected to each other: works wherever .NET does, and with Winsock's select, which takes sockets only.</summary>
internal sealed class LoopbackWakeup : Wakeup
{
    private readonly Socket _reader = NewSocket();
    private readonly Socket _writer = NewSocket();

    internal LoopbackWakeup()
    {
        try
        {
            // Connected both ways, so that neither takes a stranger's datagram.
            _writer.Connect(_reader.LocalEndPoint!);
            _reader.Connect(_writer.LocalEndPoint!);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    internal override string Kind => "two UDP sockets";

    /// <inheritdoc/>
    internal override int Descriptor => (int)_reader.Handle;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }

    private protected override bool Signal()
    {
        try
        {
            return _writer.Send([1]) == 1;
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Disposed, before the call or during it: nobody is left to wake.
            return false;
        }
    }

    private protected override void Consume()
    {
        Span<byte> datagram = stackalloc byte[8];
        _reader.Receive(datagram, SocketFlags.None, out _);
    }

    private static Socket NewSocket()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
