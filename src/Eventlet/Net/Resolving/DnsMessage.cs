namespace Eventlet.Net.Resolving;

/// <summary>A server's answer, as far as a resolver needs it.</summary>
internal sealed class DnsMessage
{
    private DnsMessage()
    {
    }

    internal ushort Id { get; private init; }

    internal bool IsResponse { get; private init; }

    /// <summary>Whether there was more than fitted: then the records were not read.</summary>
    internal bool IsTruncated { get; private init; }

    internal DnsResponseCode Code { get; private set; }

    /// <summary>What it answers; null if it repeats no question, as some servers do that did not understand it.</summary>
    internal DnsQuestion? Question { get; private set; }

    internal List<DnsRecord> Answers { get; } = [];

    /// <summary>Who is responsible for the name that is not there, and how long that may be remembered (RFC 2308).</summary>
    internal SoaRecord? Authority { get; private set; }

    /// <summary>Reads a message. The time it takes is bounded by its length, whatever it says.</summary>
    /// <exception cref="DnsFormatException">It is malformed.</exception>
    internal static DnsMessage Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = new DnsReader(bytes);
        ushort id = reader.ReadUInt16();
        ushort flags = reader.ReadUInt16();
        int questions = reader.ReadUInt16();
        int answers = reader.ReadUInt16();
        int authorities = reader.ReadUInt16();
        int additional = reader.ReadUInt16();
        if ((flags & 0x7800) != 0)
        {
            throw new DnsFormatException("it is no query or answer");
        }

        var message = new DnsMessage
        {
            Id = id,
            IsResponse = (flags & 0x8000) != 0,
            IsTruncated = (flags & 0x0200) != 0,
            Code = (DnsResponseCode)(flags & 0xF),
        };
        switch (questions)
        {
            case 0 when message.Code is not (DnsResponseCode.NoError or DnsResponseCode.NameError):
                break;

            case 1:
                string name = reader.ReadName();
                var type = (DnsRecordType)reader.ReadUInt16();
                message.Question = reader.ReadUInt16() == DnsQuestion.InternetClass
                    ? new DnsQuestion(name, type)
                    : throw new DnsFormatException("it asks for another class");
                break;

            default:
                throw new DnsFormatException($"it repeats {questions} questions");
        }

        if (!message.IsTruncated)
        {
            message.ReadRecords(ref reader, answers, authorities, additional);
        }

        return message;
    }

    private void ReadRecords(ref DnsReader reader, int answers, int authorities, int additional)
    {
        for (int i = 0; i < answers; i++)
        {
            if (DnsRecordReader.Read(ref reader, out _) is { } record)
            {
                Answers.Add(record);
            }
        }

        for (int i = 0; i < authorities; i++)
        {
            Authority = DnsRecordReader.Read(ref reader, out _) as SoaRecord ?? Authority;
        }

        for (int i = 0; i < additional; i++)
        {
            DnsRecordReader.Read(ref reader, out int extension);
            Code |= (DnsResponseCode)(extension << 4);
        }
    }
}
