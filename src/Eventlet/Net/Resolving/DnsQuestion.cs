using System.Buffers.Binary;

namespace Eventlet.Net.Resolving;

/// <summary>What is asked: a name, without the last dot, and a type; the class is always that of the Internet.</summary>
internal readonly record struct DnsQuestion(string Name, DnsRecordType Type)
{
    internal const ushort InternetClass = 1;

    /// <summary>What a datagram may have on every path without being cut into pieces (the DNS flag day of 2020).</summary>
    internal const ushort DatagramSize = 1232;

    private const int MaxSize = 12 + DnsName.MaxLength + 4 + 11;

    /// <summary>Names are the same without regard to case.</summary>
    public bool Equals(DnsQuestion other) => Type == other.Type && DnsName.Comparer.Equals(Name, other.Name);

    public override int GetHashCode() => HashCode.Combine(Type, DnsName.Comparer.GetHashCode(Name));

    /// <summary>The query as a message: recursion desired, and with EDNS (RFC 6891) the size of datagram that is taken.</summary>
    internal byte[] ToMessage(ushort id, bool withEdns)
    {
        Span<byte> message = stackalloc byte[MaxSize];
        message.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        message[2] = 1;
        message[5] = 1;
        int length = 12 + DnsName.Encode(Name, message.Slice(12, DnsName.MaxLength));
        BinaryPrimitives.WriteUInt16BigEndian(message[length..], (ushort)Type);
        BinaryPrimitives.WriteUInt16BigEndian(message[(length + 2)..], InternetClass);
        length += 4;
        if (withEdns)
        {
            message[11] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(message[(length + 1)..], DnsRecordReader.Options);
            BinaryPrimitives.WriteUInt16BigEndian(message[(length + 3)..], DatagramSize);
            length += 11;
        }

        return message[..length].ToArray();
    }
}
