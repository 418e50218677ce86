using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Eventlet.Tests.Resolving;

/// <summary>A query as the test server got it.</summary>
internal sealed record ReceivedQuery(byte[] Bytes, bool OverTcp, EndPoint? From = null)
{
    internal string Name { get; } = NameOf(Bytes);

    internal DnsType Type => (DnsType)BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(QuestionEnd - 4));

    internal bool HasEdns => Bytes[11] == 1;

    /// <summary>Where the question ends.</summary>
    internal int QuestionEnd => 12 + Name.Length + 2 + 4;

    public override string ToString() => $"{Name} {Type}{(OverTcp ? " tcp" : "")}";

    private static string NameOf(byte[] bytes)
    {
        var name = new StringBuilder();
        for (int i = 12; bytes[i] != 0; i += bytes[i] + 1)
        {
            name.Append(name.Length > 0 ? "." : "").Append(Encoding.ASCII.GetString(bytes, i + 1, bytes[i]));
        }

        return name.ToString();
    }
}

/// <summary>The types that the tests use, by their numbers in the standards.</summary>
internal enum DnsType
{
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    PTR = 12,
    MX = 15,
    TXT = 16,
    AAAA = 28,
    SRV = 33,
    OPT = 41,
    CAA = 257,
}

/// <summary>Makes answers byte by byte, without any of the library's code.</summary>
internal sealed class Reply
{
    private readonly List<byte> _answers = [];
    private readonly List<byte> _authorities = [];
    private readonly byte[] _start;
    private int _answerCount;
    private int _authorityCount;

    internal Reply(ReceivedQuery query, int code = 0)
    {
        _start = query.Bytes[..query.QuestionEnd];
        _start[2] = 0x81;
        _start[3] = (byte)(0x80 | code);
        _start.AsSpan(6, 6).Clear();
    }

    internal byte[] Bytes
    {
        get
        {
            byte[] all = [.. _start, .. _answers, .. _authorities];
            BinaryPrimitives.WriteUInt16BigEndian(all.AsSpan(6), (ushort)_answerCount);
            BinaryPrimitives.WriteUInt16BigEndian(all.AsSpan(8), (ushort)_authorityCount);
            return all;
        }
    }

    /// <summary>The name as labels, not compressed.</summary>
    internal static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(static label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)), 0];

    internal static byte[] Numbers(params int[] numbers) => [.. numbers.SelectMany(static number => new[] { (byte)(number >> 8), (byte)number })];

    internal Reply A(string name, string address, uint ttl = 60) => Add(name, DnsType.A, ttl, IPAddress.Parse(address).GetAddressBytes());

    internal Reply Aaaa(string name, string address, uint ttl = 60) => Add(name, DnsType.AAAA, ttl, IPAddress.Parse(address).GetAddressBytes());

    internal Reply CName(string name, string target, uint ttl = 60) => Add(name, DnsType.CNAME, ttl, Name(target));

    internal Reply Ptr(string name, string target, uint ttl = 60) => Add(name, DnsType.PTR, ttl, Name(target));

    internal Reply Mx(string name, int preference, string host) => Add(name, DnsType.MX, 60, [.. Numbers(preference), .. Name(host)]);

    internal Reply Srv(string name, int priority, int weight, int port, string host) => Add(name, DnsType.SRV, 60, [.. Numbers(priority, weight, port), .. Name(host)]);

    internal Reply Txt(string name, params string[] texts) =>
        Add(name, DnsType.TXT, 60, [.. texts.SelectMany(static text => Encoding.UTF8.GetBytes(text).Prepend((byte)Encoding.UTF8.GetByteCount(text)))]);

    internal Reply Add(string name, DnsType type, uint ttl, byte[] body)
    {
        _answers.AddRange(Record(name, type, ttl, body));
        _answerCount++;
        return this;
    }

    /// <summary>The zone's word on how long it may be remembered that something is not there.</summary>
    internal Reply Soa(string zone, uint ttl = 30, uint minimum = 30)
    {
        _authorities.AddRange(Record(zone, DnsType.SOA, ttl, SoaBody(minimum)));
        _authorityCount++;
        return this;
    }

    internal static byte[] SoaBody(uint minimum) => [.. Name("ns.test"), .. Name("admin.test"), .. Numbers(0, 7, 0, 1, 0, 2, 0, 3, (int)(minimum >> 16), (int)(minimum & 0xFFFF))];

    internal Reply Truncated()
    {
        _start[2] |= 2;
        return this;
    }

    private static byte[] Record(string name, DnsType type, uint ttl, byte[] body) =>
        [.. Name(name), .. Numbers((int)type, 1, (int)(ttl >> 16), (int)(ttl & 0xFFFF), body.Length), .. body];
}
