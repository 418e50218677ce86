using System.Net;
using System.Net.Sockets;
using Eventlet.Interop;

namespace Eventlet.Net;

// The calls for datagrams. The system tells with MSG_TRUNC how long a datagram was, of which only a part fits (recv(2)).
internal static unsafe partial class SocketCalls
{
    /// <summary>Receives one datagram, for who does not ask whose it is. One that is longer than the buffer is an error, as on Windows.</summary>
    internal static int ReceiveDatagram(GreenSocket socket, Span<byte> buffer)
    {
        int result = ReceiveFrom(socket, buffer, [], out _, out bool isTruncated);
        return isTruncated && !buffer.IsEmpty ? IsDirect ? -Errno.EMSGSIZE : Code(SocketError.MessageSize) : buffer.IsEmpty && result > 0 ? 0 : result;
    }

    /// <summary>Receives one datagram; with an empty buffer it only looks whether there is one.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Room for it.</param>
    /// <param name="address">Room for the sender's address, in the system's form; empty if it is not asked for.</param>
    /// <param name="addressLength">The address's length.</param>
    /// <param name="isTruncated">Whether not all of it fitted.</param>
    internal static int ReceiveFrom(GreenSocket socket, Span<byte> buffer, Span<byte> address, out int addressLength, out bool isTruncated)
    {
        if (socket.HasKept && socket.TakeKeptDatagram(onlyLook: buffer.IsEmpty) is { } kept)
        {
            return FromKept(socket, kept, buffer, address, out addressLength, out isTruncated);
        }

        int result = IsDirect
            ? ReceiveFromDirect(socket, buffer, address, out addressLength, out isTruncated)
            : PortableReceiveFrom(socket, buffer, address, out addressLength, out isTruncated);
        if (result == WouldBlock && socket.IsReceivingShut)
        {
            // To wait would be to spin: the system calls it readable (datagram_poll), and has nothing.
            addressLength = 0;
            return 0;
        }

        return result;
    }

    /// <summary>Sends one datagram.</summary>
    internal static int SendTo(GreenSocket socket, ReadOnlySpan<byte> buffer, SocketAddress to)
    {
        if (!IsDirect)
        {
            return PortableSendTo(socket, buffer, to);
        }

        bool entered = false;
        try
        {
            socket.Handle.DangerousAddRef(ref entered);
            int fd = (int)socket.Handle.DangerousGetHandle();
            nint result;
            fixed (byte* from = buffer, at = to.Buffer.Span)
            {
                do
                {
                    result = Errno.Result(Libc.sendto(fd, from, (nuint)buffer.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT, at, (uint)to.Size));
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

    private static int ReceiveFromDirect(GreenSocket socket, Span<byte> buffer, Span<byte> address, out int addressLength, out bool isTruncated)
    {
        addressLength = 0;
        isTruncated = false;
        bool entered = false;
        try
        {
            socket.Handle.DangerousAddRef(ref entered);
            int fd = (int)socket.Handle.DangerousGetHandle();
            int flags = Libc.MSG_DONTWAIT | Libc.MSG_TRUNC | (buffer.IsEmpty ? Libc.MSG_PEEK : 0);
            uint length;
            nint result;
            fixed (byte* to = buffer, at = address)
            {
                do
                {
                    length = (uint)address.Length;
                    result = Errno.Result(Libc.recvfrom(fd, to, (nuint)buffer.Length, flags, at, at is null ? null : &length));
                }
                while (result == -Errno.EINTR);
            }

            if (result < 0)
            {
                return (int)result;
            }

            addressLength = (int)Math.Min(length, (uint)address.Length);
            isTruncated = result > buffer.Length;
            return Math.Min((int)result, buffer.Length);
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

    private static int FromKept(GreenSocket socket, KeptDatagram kept, Span<byte> buffer, Span<byte> address, out int addressLength, out bool isTruncated)
    {
        int count = Math.Min(kept.Bytes.Length, buffer.Length);
        kept.Bytes.AsSpan(0, count).CopyTo(buffer);
        isTruncated = kept.IsTruncated || kept.Bytes.Length > buffer.Length;

        // It was received without asking whose it is, which one does whose socket is connected.
        ReadOnlySpan<byte> from = kept.From.Length == 0 && !address.IsEmpty && socket.RemoteEndPoint?.Serialize() is { } peer
            ? peer.Buffer.Span[..peer.Size]
            : kept.From;
        addressLength = Math.Min(from.Length, address.Length);
        from[..addressLength].CopyTo(address);
        return count;
    }

    private static int PortableReceiveFrom(GreenSocket socket, Span<byte> buffer, Span<byte> address, out int addressLength, out bool isTruncated)
    {
        addressLength = 0;
        isTruncated = false;
        try
        {
            byte probe = 0;
            EndPoint from = AnyOf(socket.Family);
            SocketFlags flags = buffer.IsEmpty ? SocketFlags.Peek : SocketFlags.None;
            int count = socket.Shared!.ReceiveMessageFrom(buffer.IsEmpty ? new Span<byte>(ref probe) : buffer, ref flags, ref from, out _);
            SocketAddress sender = from.Serialize();
            addressLength = Math.Min(sender.Size, address.Length);
            sender.Buffer.Span[..addressLength].CopyTo(address);
            isTruncated = (flags & SocketFlags.Truncated) != 0 || (buffer.IsEmpty && count > 0);
            return buffer.IsEmpty ? 0 : count;
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

    private static int PortableSendTo(GreenSocket socket, ReadOnlySpan<byte> buffer, SocketAddress to)
    {
        try
        {
            return socket.Shared!.SendTo(buffer, SocketFlags.None, to);
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
