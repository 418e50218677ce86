using Eventlet.Net;

namespace Eventlet.Tests.RandomOperations;

/// <summary>One operation that was begun, and what was done to it.</summary>
internal sealed class SocketOperation
{
    /// <summary>What a buffer is full of, when nobody may write to it.</summary>
    internal const byte Guard = 0xEE;

    internal CancellationTokenSource Source = null!;
    internal GreenThread? Green;
    internal Action? OnOver;
    internal TimeSpan? Limit;
    internal bool IsKilled;
    internal bool IsCancelled;

    internal static byte[] BufferOf(int length)
    {
        byte[] buffer = new byte[length];
        Array.Fill(buffer, Guard);
        return buffer;
    }
}

/// <summary>One end of a connection.</summary>
internal sealed class SocketEnd(GreenSocket socket, SocketStream @out, SocketStream @in)
{
    internal readonly GreenSocket Socket = socket;
    internal readonly SocketStream Out = @out;
    internal readonly SocketStream In = @in;
    internal SocketEnd Peer = null!;
    internal bool IsReading;
    internal bool IsWriting;
    internal bool IsClosed;
}

/// <summary>One direction of a connection: which byte stands at which place, and how far each end has come.</summary>
internal sealed class SocketStream(int number)
{
    private long _sent;
    private long _offered;
    private long _received;

    /// <summary>No more will be sent.</summary>
    internal bool IsEnded;

    /// <summary>How far it was sent is not known, and it is sent no further.</summary>
    internal bool IsUncertain;

    /// <summary>Whether all that was sent was received.</summary>
    internal bool IsWhole => _received == _sent || IsUncertain;

    /// <summary>Fills a buffer with what comes next; from now on it may arrive.</summary>
    internal void Offer(byte[] buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = ByteAt(_sent + i);
        }

        _offered = _sent + buffer.Length;
    }

    internal void Sent(int count) => _sent += count;

    /// <summary>What was not sent by now will not arrive.</summary>
    internal void Withdraw() => _offered = IsUncertain ? _offered : _sent;

    internal bool IsNext(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != ByteAt(_received + i))
            {
                return false;
            }
        }

        _received += bytes.Length;
        return _received <= _offered;
    }

    private byte ByteAt(long position) => (byte)((position * 7 + number) % 233);
}
