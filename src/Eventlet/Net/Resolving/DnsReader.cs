using System.Buffers.Binary;
using System.Text;

namespace Eventlet.Net.Resolving;

/// <summary>Reads the parts of a message, and believes none of its lengths.</summary>
internal ref struct DnsReader(ReadOnlySpan<byte> message)
{
    private const int PointerMark = 0xC0;

    private readonly ReadOnlySpan<byte> _message = message;

    internal int Position { get; private set; }

    internal byte ReadByte() => ReadBytes(1)[0];

    internal ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(ReadBytes(2));

    internal uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(ReadBytes(4));

    internal ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > _message.Length - Position)
        {
            throw new DnsFormatException("the message ends within a field");
        }

        Position += count;
        return _message.Slice(Position - count, count);
    }

    /// <summary>
    /// Reads a name. A pointer must lead to before the stretch in which it stands, so that each step is nearer to the beginning of the message: nothing can go round in circles, and nothing points forward
    /// (RFC 1035, section 4.1.4: "a prior occurrence").
    /// </summary>
    internal string ReadName()
    {
        var text = new StringBuilder();
        int length = 1;
        int at = Position;
        int stretch = Position;
        bool hasJumped = false;
        while (true)
        {
            int mark = ByteAt(at);
            if (mark == 0)
            {
                Position = hasJumped ? Position : at + 1;
                return text.Length == 0 ? DnsName.Root : text.ToString();
            }

            if ((mark & PointerMark) == PointerMark)
            {
                int target = ((mark & ~PointerMark) << 8) | ByteAt(at + 1);
                Position = hasJumped ? Position : at + 2;
                hasJumped = true;
                at = target < stretch ? stretch = target : throw new DnsFormatException("a pointer in a name does not lead back");
                continue;
            }

            length += mark + 1;
            if (mark > DnsName.MaxLabel || length > DnsName.MaxLength || at + 1 + mark > _message.Length)
            {
                throw new DnsFormatException("a label, or a name, is too long");
            }

            if (text.Length > 0)
            {
                text.Append('.');
            }

            DnsName.AppendLabel(text, _message.Slice(at + 1, mark));
            at += mark + 1;
        }
    }

    private readonly int ByteAt(int position) => position < _message.Length ? _message[position] : throw new DnsFormatException("the message ends within a name");
}
