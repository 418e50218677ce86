using System.Net;
using System.Text;

namespace Eventlet.Net.Resolving;

/// <summary>Reads records.</summary>
internal static class DnsRecordReader
{
    /// <summary>The pseudo-record of EDNS.</summary>
    internal const ushort Options = 41;

    /// <summary>Reads a record.</summary>
    /// <param name="extension">Upper bits of the response code, which EDNS has.</param>
    /// <returns>Null for what is no record of the Internet's class, which the options of EDNS are not either.</returns>
    internal static DnsRecord? Read(ref DnsReader reader, out int extension)
    {
        string name = reader.ReadName();
        ushort type = reader.ReadUInt16();
        ushort @class = reader.ReadUInt16();
        uint timeToLive = reader.ReadUInt32();
        int length = reader.ReadUInt16();
        extension = 0;
        if (type == Options || @class != DnsQuestion.InternetClass)
        {
            extension = type == Options ? (int)(timeToLive >> 24) : 0;
            reader.ReadBytes(length);
            return null;
        }

        int start = reader.Position;
        DnsRecord record = ReadBody(ref reader, name, (DnsRecordType)type, length);
        if (reader.Position != start + length)
        {
            throw new DnsFormatException($"the length of a record of type {type} is not that of its fields");
        }

        // With the highest bit set it is zero: RFC 2181, section 8.
        record.TimeToLive = TimeSpan.FromSeconds(timeToLive <= int.MaxValue ? timeToLive : 0);
        return record;
    }

    private static DnsRecord ReadBody(ref DnsReader reader, string name, DnsRecordType type, int length)
    {
        switch (type)
        {
            case DnsRecordType.A:
                return new ARecord(name, new IPAddress(reader.ReadBytes(4)));

            case DnsRecordType.Aaaa:
                return new AaaaRecord(name, new IPAddress(reader.ReadBytes(16)));

            case DnsRecordType.CName:
                return new CNameRecord(name, reader.ReadName());

            case DnsRecordType.Ns:
                return new NsRecord(name, reader.ReadName());

            case DnsRecordType.Ptr:
                return new PtrRecord(name, reader.ReadName());

            case DnsRecordType.Mx:
                return new MxRecord(name, reader.ReadUInt16(), reader.ReadName());

            case DnsRecordType.Srv:
                return new SrvRecord(name, reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadName());

            case DnsRecordType.Txt:
                return new TxtRecord(name, ReadTexts(ref reader, length));

            case DnsRecordType.Soa:
                return new SoaRecord(name, reader.ReadName(), reader.ReadName(), reader.ReadUInt32())
                {
                    Refresh = Seconds(ref reader),
                    Retry = Seconds(ref reader),
                    Expire = Seconds(ref reader),
                    Minimum = Seconds(ref reader),
                };

            default:
                return new OtherRecord(name, type, reader.ReadBytes(length).ToArray());
        }
    }

    private static TimeSpan Seconds(ref DnsReader reader) => TimeSpan.FromSeconds(reader.ReadUInt32());

    private static List<string> ReadTexts(ref DnsReader reader, int length)
    {
        var texts = new List<string>();
        while (length > 0)
        {
            int size = reader.ReadByte();
            texts.Add(Encoding.UTF8.GetString(reader.ReadBytes(size)));
            length -= size + 1;
        }

        return texts;
    }
}
