using System.Net;
using System.Net.Sockets;
using Eventlet.Interop;

namespace Eventlet.Net;

// The calls that take or give an address.
internal static unsafe partial class SocketCalls
{
    /// <summary>The largest address there is: sockaddr_un's 110 bytes, rounded up.</summary>
    internal const int LongestAddress = 128;

    private delegate int AddressCall(int fd, byte* address, uint* length);

    /// <summary>Begins to connect: 0 if it is done, -EINPROGRESS if it goes on.</summary>
    internal static int Connect(GreenSocket socket, EndPoint to)
    {
        if (!IsDirect)
        {
            return PortableConnect(socket, to);
        }

        SocketAddress address = socket.Serialize(to);
        return WithDescriptor(socket, fd =>
        {
            fixed (byte* at = address.Buffer.Span)
            {
                return Errno.Result(Libc.connect(fd, at, (uint)address.Size));
            }
        });
    }

    /// <summary>Takes the socket's pending error, as a code: 0 if there is none.</summary>
    internal static int TakeError(GreenSocket socket)
    {
        if (!IsDirect)
        {
            int error = socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error);
            return error == 0 ? 0 : Code((SocketError)error);
        }

        return WithDescriptor(socket, static fd =>
        {
            int error = 0;
            uint length = sizeof(int);
            int result = Errno.Result(Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_ERROR, (byte*)&error, &length));
            return result < 0 ? result : -error;
        });
    }

    internal static int Shutdown(GreenSocket socket, SocketShutdown how) => WithDescriptor(socket, fd => Errno.Result(Libc.shutdown(fd, (int)how)));

    /// <summary>The address that the system has given; null for that of a Unix socket without a name.</summary>
    internal static EndPoint? EndPointOf(AddressFamily family, ReadOnlySpan<byte> address)
    {
        switch (family)
        {
            case AddressFamily.InterNetwork when address.Length >= 8:
                return new IPEndPoint(new IPAddress(address.Slice(4, 4)), (address[2] << 8) | address[3]);

            case AddressFamily.InterNetworkV6 when address.Length >= 28:
                return new IPEndPoint(new IPAddress(address.Slice(8, 16), BitConverter.ToUInt32(address[24..])), (address[2] << 8) | address[3]);

            case AddressFamily.Unix when address.Length > sizeof(ushort):
                var name = new SocketAddress(family, LongestAddress);
                address.CopyTo(name.Buffer.Span);
                name.Size = address.Length;
                return AnyOf(family).Create(name);

            default:
                return null;
        }
    }

    /// <summary>The socket's own address; null if it has none yet.</summary>
    internal static EndPoint? LocalEndPoint(GreenSocket socket) => EndPointOf(socket, static (fd, at, length) => Errno.Result(Libc.getsockname(fd, at, length)));

    /// <summary>The peer's address; null if there is none.</summary>
    internal static EndPoint? RemoteEndPoint(GreenSocket socket) => EndPointOf(socket, static (fd, at, length) => Errno.Result(Libc.getpeername(fd, at, length)));

    private static EndPoint? EndPointOf(GreenSocket socket, AddressCall call)
    {
        var address = new SocketAddress(socket.Family, LongestAddress);
        int result = WithDescriptor(socket, fd =>
        {
            fixed (byte* at = address.Buffer.Span)
            {
                uint length = LongestAddress;
                int result = call(fd, at, &length);
                address.Size = (int)length;
                return result;
            }
        });

        if (result is -Errno.ENOTCONN or -Errno.EINVAL)
        {
            return null;
        }

        if (result < 0)
        {
            throw Error(result);
        }

        EndPoint found = AnyOf(socket.Family).Create(address);
        return found is IPEndPoint { Port: 0 } ip && (ip.Address.Equals(IPAddress.Any) || ip.Address.Equals(IPAddress.IPv6Any)) ? null : found;
    }

    /// <summary>An address of a family, of which others can be made.</summary>
    private static EndPoint AnyOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => new IPEndPoint(IPAddress.Any, 0),
        AddressFamily.InterNetworkV6 => new IPEndPoint(IPAddress.IPv6Any, 0),
        _ => new UnixDomainSocketEndPoint("/"),
    };

    private static int WithDescriptor(GreenSocket socket, Func<int, int> call)
    {
        bool entered = false;
        try
        {
            socket.Handle.DangerousAddRef(ref entered);
            return call((int)socket.Handle.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
        finally
        {
            if (entered)
            {
                socket.Handle.DangerousRelease();
            }
        }
    }

    private static int PortableConnect(GreenSocket socket, EndPoint to)
    {
        try
        {
            socket.Shared!.Connect(to);
            return 0;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress or SocketError.AlreadyInProgress)
        {
            return -Errno.EINPROGRESS;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.IsConnected)
        {
            return 0;
        }
        catch (SocketException error)
        {
            return Code(error.SocketErrorCode);
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }
}
