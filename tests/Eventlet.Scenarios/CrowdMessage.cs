using System.Runtime.InteropServices;
using Eventlet.Net;

namespace Eventlet.Scenarios;

/// <summary>What a crowd's clients and its server say to one another: every byte follows from the connection, the trip and the direction.</summary>
internal static class CrowdMessage
{
    internal const int Size = 64;
    internal const int Room = 2 * Size;

    /// <summary>Writes the message of one trip. The first two words say whose and which it is, so that a misplaced one is told from a damaged one.</summary>
    internal static void Fill(Span<byte> message, ulong connection, ulong trip, bool isReply)
    {
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(message);
        words[0] = connection;
        words[1] = trip;
        ulong state = (connection << 32) ^ (trip << 1) ^ (isReply ? 1u : 0u);
        foreach (ref ulong word in words[2..])
        {
            state += 0x9E3779B97F4A7C15;
            ulong mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            word = mixed ^ (mixed >> 27);
        }
    }

    internal static ulong ConnectionOf(ReadOnlySpan<byte> message) => MemoryMarshal.Read<ulong>(message);

    /// <summary>Receives one whole message; nobody sends another before it is answered. The buffer has more room, so that a short read shows that nothing is left.</summary>
    /// <returns>False: the peer has ended instead.</returns>
    internal static async ValueTask<bool> ReceiveAsync(GreenSocket socket, Memory<byte> buffer)
    {
        int received = 0;
        while (received < Size)
        {
            int count = await socket.ReceiveAsync(buffer[received..]);
            if (count == 0)
            {
                return received == 0 ? false : throw new InvalidDataException($"the stream ended after {received} bytes of a message");
            }

            received += count;
        }

        return received == Size ? true : throw new InvalidDataException($"{received} bytes came instead of one message");
    }

    internal static void Expect(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> received)
    {
        if (!expected.SequenceEqual(received))
        {
            ReadOnlySpan<ulong> got = MemoryMarshal.Cast<byte, ulong>(received);
            ReadOnlySpan<ulong> wanted = MemoryMarshal.Cast<byte, ulong>(expected);
            throw new InvalidDataException($"connection {wanted[0]}, trip {wanted[1]}: a message of connection {got[0]}, trip {got[1]} came, or one with other bytes");
        }
    }
}
