using System.Buffers;
using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Net;

// The calls that take several buffers. Few bytes are copied into one piece: to pin their parts costs more. Elsewhere than on Linux a stream gets its first part
// only, as the system may do anyway.
internal static unsafe partial class SocketCalls
{
    /// <summary>Up to this many bytes are copied.</summary>
    private const int CopyLimit = 2048;

    internal static int SendParts(GreenSocket socket, in BufferParts parts)
    {
        BufferParts.Room room = default;
        int count = parts.Peek(room);
        if (count <= 1)
        {
            return Send(socket, room[0].Span);
        }

        if (parts.Length <= CopyLimit)
        {
            Span<byte> copy = stackalloc byte[(int)parts.Length];
            parts.CopyTo(copy);
            return Send(socket, copy);
        }

        bool isWhole = !socket.IsDatagram || (count < BufferParts.Most && IsDirect);
        return !isWhole ? SendInOnePiece(socket, parts)
            : IsDirect ? Vectored(socket, room[..count], isSend: true)
            : Send(socket, room[0].Span);
    }

    /// <summary>Receives into several buffers, in their order; if all are empty it only looks.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="parts">The buffers.</param>
    /// <param name="offered">How many bytes the call had room for: not all buffers may have been offered.</param>
    internal static int ReceiveParts(GreenSocket socket, in BufferParts parts, out long offered)
    {
        BufferParts.Room room = default;
        int count = parts.Peek(room);
        offered = room[0].Length;
        if (count <= 1 || (!socket.IsDatagram && (!IsDirect || socket.HasKept)))
        {
            return Receive(socket, MemoryMarshal.AsMemory(room[0]).Span);
        }

        if (socket.IsDatagram && (count == BufferParts.Most || !IsDirect || socket.HasKept || socket.IsReceivingShut))
        {
            offered = parts.Length;
            return ReceiveInOnePiece(socket, parts);
        }

        for (int i = 1; i < count; i++)
        {
            offered += room[i].Length;
        }

        int result = Vectored(socket, room[..count], isSend: false);
        return socket.IsDatagram && result > parts.Length ? -Errno.EMSGSIZE : result;
    }

    private static int SendInOnePiece(GreenSocket socket, in BufferParts parts)
    {
        byte[] whole = ArrayPool<byte>.Shared.Rent((int)Math.Min(parts.Length, Array.MaxLength));
        try
        {
            parts.CopyTo(whole);
            return Send(socket, whole.AsSpan(0, (int)parts.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private static int ReceiveInOnePiece(GreenSocket socket, in BufferParts parts)
    {
        byte[] whole = ArrayPool<byte>.Shared.Rent((int)Math.Min(parts.Length, ushort.MaxValue));
        try
        {
            int result = Receive(socket, whole.AsSpan(0, (int)Math.Min(parts.Length, whole.Length)));
            if (result > 0)
            {
                parts.Fill(whole.AsSpan(0, result));
            }

            return result;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    private static int Vectored(GreenSocket socket, ReadOnlySpan<ReadOnlyMemory<byte>> parts, bool isSend)
    {
        BufferParts.Pins pins = default;
        IoVector* vectors = stackalloc IoVector[BufferParts.Most];
        bool entered = false;
        try
        {
            for (int i = 0; i < parts.Length; i++)
            {
                pins[i] = parts[i].Pin();
                vectors[i] = new IoVector { Address = (nint)pins[i].Pointer, Length = (nuint)parts[i].Length };
            }

            socket.Handle.DangerousAddRef(ref entered);
            int fd = (int)socket.Handle.DangerousGetHandle();
            var message = new MessageHeader { Vectors = (nint)vectors, VectorCount = (nuint)parts.Length };
            int flags = socket.IsDatagram ? Libc.MSG_DONTWAIT | Libc.MSG_TRUNC : Libc.MSG_DONTWAIT;
            nint result;
            do
            {
                result = isSend
                    ? Errno.Result(Libc.sendmsg(fd, &message, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT))
                    : Errno.Result(Libc.recvmsg(fd, &message, flags));
            }
            while (result == -Errno.EINTR);

            return isSend ? (int)result : socket.ResultOf((int)result);
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

            for (int i = 0; i < parts.Length; i++)
            {
                pins[i].Dispose();
            }
        }
    }
}
