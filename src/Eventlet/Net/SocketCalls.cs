using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Net;

/// <summary>
/// The non-blocking calls of a socket, each tried once. A result below zero is an error number, in one of two forms: on Linux the calls go straight to
/// the C library and give -errno; elsewhere they go through <see cref="Socket"/> and give its <see cref="SocketError"/>, shifted.
/// </summary>
internal static unsafe partial class SocketCalls
{
    /// <summary>The call would have to wait.</summary>
    internal const int WouldBlock = -Errno.EAGAIN;

    /// <summary>The socket was closed, here or meanwhile.</summary>
    internal const int Closed = int.MinValue;

    private const int PortableBase = -1_000_000;

    /// <summary>Whether the calls go straight to the C library. The switch lets the other way be tested on Linux.</summary>
    internal static readonly bool IsDirect = OperatingSystem.IsLinux()
        && !(AppContext.TryGetSwitch("Eventlet.PortableSockets", out bool portable) && portable);

    internal static int Receive(GreenSocket socket, Span<byte> buffer)
    {
        if (socket.IsDatagram)
        {
            return ReceiveDatagram(socket, buffer);
        }

        if (socket.HasKept && socket.TakeKept(buffer, out int kept))
        {
            return kept;
        }

        if (!IsDirect)
        {
            return Portable(socket, buffer, static (socket, buffer) =>
            {
                byte probe = 0;
                int count = buffer.IsEmpty
                    ? socket.Receive(new Span<byte>(ref probe), SocketFlags.Peek, out SocketError error)
                    : socket.Receive(buffer, SocketFlags.None, out error);
                return error != SocketError.Success ? Code(error) : buffer.IsEmpty ? 0 : count;
            });
        }

        // Nothing to fill: the question is whether something is there.
        byte look;
        bool entered = false;
        try
        {
            socket.Handle.DangerousAddRef(ref entered);
            int fd = (int)socket.Handle.DangerousGetHandle();
            nint result;
            fixed (byte* to = buffer)
            {
                do
                {
                    result = buffer.IsEmpty
                        ? Errno.Result(Libc.recv(fd, &look, 1, Libc.MSG_PEEK | Libc.MSG_DONTWAIT))
                        : Errno.Result(Libc.recv(fd, to, (nuint)buffer.Length, Libc.MSG_DONTWAIT));
                }
                while (result == -Errno.EINTR);
            }

            return buffer.IsEmpty && result > 0 ? 0 : socket.ResultOf((int)result);
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

    internal static int Send(GreenSocket socket, ReadOnlySpan<byte> buffer)
    {
        if (!IsDirect)
        {
            return Portable(socket, buffer, static (socket, buffer) =>
            {
                int count = socket.Send(buffer, SocketFlags.None, out SocketError error);
                return error == SocketError.Success ? count : Code(error);
            });
        }

        bool entered = false;
        try
        {
            socket.Handle.DangerousAddRef(ref entered);
            int fd = (int)socket.Handle.DangerousGetHandle();
            nint result;
            fixed (byte* from = buffer)
            {
                do
                {
                    result = Errno.Result(Libc.send(fd, from, (nuint)buffer.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT));
                }
                while (result == -Errno.EINTR);
            }

            return (int)result;
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

    /// <summary>Takes a connection that has come, close-on-exec and non-blocking. One that was aborted in the queue is passed over.</summary>
    internal static int Accept(GreenSocket socket, out GreenSocket? accepted)
    {
        if (socket.HasKept && (accepted = socket.TakeKeptConnection()) is not null)
        {
            return 0;
        }

        accepted = null;
        if (!IsDirect)
        {
            try
            {
                accepted = new GreenSocket(socket.Shared!.Accept(), ownsSocket: true);
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

        bool entered = false;
        try
        {
            socket.Handle.DangerousAddRef(ref entered);
            int fd = (int)socket.Handle.DangerousGetHandle();
            int result;
            do
            {
                result = Errno.Result(Libc.accept4(fd, null, null, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC));
            }
            while (result == -Errno.EINTR || IsOfTheConnection(-result));

            if (result < 0)
            {
                return result;
            }

            accepted = new GreenSocket(new FileDescriptorHandle(result), socket.Family, socket.IsDatagram);
            return 0;
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

    /// <summary>Two connected Unix sockets, non-blocking and close-on-exec.</summary>
    internal static (GreenSocket One, GreenSocket Other) Pair(SocketType type)
    {
        int kind = type switch
        {
            SocketType.Stream => Libc.SOCK_STREAM,
            SocketType.Dgram => Libc.SOCK_DGRAM,
            SocketType.Seqpacket => Libc.SOCK_SEQPACKET,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Stream, Dgram or Seqpacket"),
        };
        int* pair = stackalloc int[2];
        int flags = OperatingSystem.IsLinux() ? Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC : 0;
        int result = Errno.Result(Libc.socketpair(Libc.AF_UNIX, kind | flags, 0, pair));
        if (result < 0)
        {
            throw Error(result);
        }

        // .NET's Socket makes a descriptor that others have made non-blocking itself, and where there is no flag for it close-on-exec comes late.
        return (Wrapped(pair[0]), Wrapped(pair[1]));

        GreenSocket Wrapped(int fd) => IsDirect
            ? new GreenSocket(new FileDescriptorHandle(fd), AddressFamily.Unix, type != SocketType.Stream)
            : new GreenSocket(new Socket(new SafeSocketHandle(fd, ownsHandle: true)));
    }

    /// <summary>Whether accept reports what has befallen the connection that it took, not itself: accept(2), "Error handling".</summary>
    internal static bool IsOfTheConnection(int errno) => errno is Errno.ECONNABORTED or Errno.EPROTO or Errno.ENOPROTOOPT or Errno.ENETDOWN or Errno.ENETUNREACH
        or Errno.ENONET or Errno.EHOSTDOWN or Errno.EHOSTUNREACH;

    /// <summary>What a failed call throws.</summary>
    internal static Exception Error(int code) => code switch
    {
        Closed => new IOClosedException("the socket is closed"),
        <= PortableBase => new SocketException(PortableBase - code),
        -Errno.EBADF => new IOClosedException("the socket is closed"),
        _ => Errno.ToSocketException(-code),
    };

    private static int Code(SocketError error) => error switch
    {
        SocketError.WouldBlock or SocketError.IOPending => WouldBlock,
        SocketError.OperationAborted or SocketError.NotSocket => Closed,
        _ => PortableBase - (int)error,
    };

    private delegate int Call<TSpan>(Socket socket, TSpan buffer) where TSpan : allows ref struct;

    private static int Portable<TSpan>(GreenSocket socket, TSpan buffer, Call<TSpan> call) where TSpan : allows ref struct
    {
        try
        {
            return call(socket.Shared!, buffer);
        }
        catch (ObjectDisposedException)
        {
            return Closed;
        }
    }
}
