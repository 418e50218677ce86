using System.Buffers.Binary;
using System.Net;
using Eventlet.Net;
using Eventlet.Net.Resolving;

namespace Eventlet.Tests.Resolving;

/// <summary>What is read from messages, and what is not believed.</summary>
public sealed class DnsMessageTests
{
    private static readonly DnsQuestion s_question = new("www.test", DnsRecordType.A);

    [Fact]
    public void Query_IsAsTheStandardSays()
    {
        Assert.Equal(
            "1234" + "0100" + "0001" + "0000" + "0000" + "0001" + "0377777704746573740000010001" + "00" + "0029" + "04D0" + "00000000" + "0000",
            Convert.ToHexString(s_question.ToMessage(0x1234, withEdns: true)));
        Assert.Equal("1234" + "0100" + "0001" + "0000" + "0000" + "0000" + "0377777704746573740000010001", Convert.ToHexString(s_question.ToMessage(0x1234, withEdns: false)));
    }

    [Fact]
    public void Records_OfAllTypes_AreRead()
    {
        DnsMessage message = DnsMessage.Parse(new Reply(Query())
            .A("www.test", "192.0.2.1").Aaaa("www.test", "2001:db8::1").CName("www.test", "other.test").Ptr("www.test", "host.test").Mx("www.test", 10, "mail.test")
            .Srv("www.test", 1, 2, 8080, "srv.test").Txt("www.test", "one", "zwei ü").Add("www.test", DnsType.NS, 60, Reply.Name("ns.test"))
            .Add("www.test", DnsType.CAA, 60, [1, 2, 3]).Soa("test", minimum: 4).Bytes);
        Assert.Equal(
            [
                "www.test 60 A 192.0.2.1", "www.test 60 Aaaa 2001:db8::1", "www.test 60 CName other.test", "www.test 60 Ptr host.test", "www.test 60 Mx 10 mail.test",
                "www.test 60 Srv 1 2 8080 srv.test", "www.test 60 Txt \"one\" \"zwei ü\"", "www.test 60 Ns ns.test", @"www.test 60 TYPE257 \# 3 010203",
            ],
            message.Answers.Select(static record => record.ToString()!));
        Assert.Equal("test 30 Soa ns.test admin.test 7 1 2 3 4", message.Authority!.ToString());
        Assert.Equal("onezwei ü", message.Answers.OfType<TxtRecord>().Single().Joined);
    }

    [Fact]
    public void Name_OfOddBytes_StaysPrintable() =>
        Assert.Equal(@"a\.b\010\255\\", Assert.IsType<PtrRecord>(DnsMessage.Parse(new Reply(Query())
            .Add("www.test", DnsType.PTR, 1, [7, (byte)'a', (byte)'.', (byte)'b', 10, 255, (byte)'\\', (byte)'c', 0]).Bytes).Answers.Single()).DomainName[..^1]);

    [Fact]
    public void CompressedNames_AreRead()
    {
        // The owner is a pointer to the question's name; the body a label and a pointer to "test".
        Assert.Equal("www.test 0 CName a.test", DnsMessage.Parse(Answer([0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 4, 1, (byte)'a', 0xC0, 16])).Answers.Single().ToString());
    }

    [Theory]
    [InlineData("a pointer to itself", new byte[] { 0xC0, 26, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4 })]
    [InlineData("a pointer forward", new byte[] { 0xC0, 40, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4, 0 })]
    [InlineData("two pointers that lead to each other", new byte[] { 0xC0, 28, 0xC0, 26, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0 })]
    [InlineData("a label, and a pointer to before it", new byte[] { 1, 97, 0xC0, 26, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0 })]
    [InlineData("a pointer beyond the message", new byte[] { 0xFF, 0xFF, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4 })]
    [InlineData("a label of a kind that is reserved", new byte[] { 0x41, 97, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4 })]
    [InlineData("a label beyond the message", new byte[] { 63, 97, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4 })]
    [InlineData("a body beyond the message", new byte[] { 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 200, 1, 2, 3, 4 })]
    [InlineData("an address that is too short", new byte[] { 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3 })]
    [InlineData("an address that is too long", new byte[] { 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5 })]
    [InlineData("a name that goes on behind its body", new byte[] { 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 1, 1, 97, 0 })]
    [InlineData("a text longer than its body", new byte[] { 0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 5, 97, 0, 0, 0, 0 })]
    [InlineData("a record without a body", new byte[] { 0, 0, 1, 0, 1, 0, 0 })]
    [InlineData("no record where there should be one", new byte[0])]
    public void MalformedAnswer_IsRefused(string what, byte[] answer)
    {
        DnsFormatException error = Assert.Throws<DnsFormatException>(() => DnsMessage.Parse(Answer(answer)));
        Assert.True(error.Message.Length > 0, what);
    }

    [Fact]
    public void PointersInLongChains_AreFollowed_ButNoNameIsTooLong()
    {
        // 200 labels, each one a pointer to the one before: a name of 401 bytes, of which every part is well formed.
        int previous = 0;
        var chain = new List<byte>();
        for (int i = 0; i < 200; i++)
        {
            int at = 26 + 11 + chain.Count;
            chain.AddRange(i == 0 ? [1, 97, 0] : [1, 97, (byte)(0xC0 | (previous >> 8)), (byte)previous]);
            previous = at;
        }

        byte[] record = [0, 0, 99, 0, 1, 0, 0, 0, 0, (byte)(chain.Count >> 8), (byte)chain.Count, .. chain];
        byte[] good = [.. record, 0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, .. PointerTo(26 + 11 + 3 + (100 * 4))];
        byte[] tooLong = [.. record, 0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, .. PointerTo(previous)];
        Assert.Equal(102, Assert.IsType<CNameRecord>(DnsMessage.Parse(Answer(good, count: 2)).Answers[1]).CanonicalName.Split('.').Length);
        Assert.Throws<DnsFormatException>(() => DnsMessage.Parse(Answer(tooLong, count: 2)));
    }

    [Fact]
    public void Counts_ThatAreHuge_EndWithTheMessage()
    {
        byte[] message = new Reply(Query()).A("www.test", "192.0.2.1").Bytes;
        message.AsSpan(6, 6).Fill(0xFF);
        Assert.Throws<DnsFormatException>(() => DnsMessage.Parse(message));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), 0xFFFF);
        Assert.Throws<DnsFormatException>(() => DnsMessage.Parse(message));
    }

    [Fact]
    public void TimeToLive_WithTheHighestBit_IsZero() =>
        Assert.Equal([TimeSpan.Zero, TimeSpan.FromSeconds(int.MaxValue)],
            DnsMessage.Parse(new Reply(Query()).A("www.test", "192.0.2.1", 0x8000_0000).A("www.test", "192.0.2.1", int.MaxValue).Bytes).Answers.Select(static record => record.TimeToLive));

    [Fact]
    public void Query_MatchesItsAnswerAlone()
    {
        var query = new DnsQuery(s_question, withEdns: true);
        byte[] answer = new Reply(new ReceivedQuery(query.Bytes, OverTcp: false)).A("www.test", "192.0.2.1").Bytes;
        Assert.NotNull(query.Match(answer));
        Assert.NotNull(query.Match(Changed(answer, 13, (byte)'W')));
        Assert.Null(query.Match(Changed(answer, 0, (byte)~answer[0])));
        Assert.Null(query.Match(Changed(answer, 2, 0x01)));
        Assert.Null(query.Match(Changed(answer, 2, 0x89)));
        Assert.Null(query.Match(Changed(answer, 13, (byte)'x')));
        Assert.Null(query.Match(Changed(answer, 23, 28)));
        Assert.Null(query.Match(Changed(answer, 25, 3)));
        Assert.Null(query.Match([]));
        Assert.Null(query.Match(answer.AsSpan(0, 11)));
    }

    [Fact]
    public void Answer_WithoutAQuestion_CountsForAnErrorOnly()
    {
        var query = new DnsQuery(s_question, withEdns: true);
        byte[] header = [query.Bytes[0], query.Bytes[1], 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Null(query.Match(header));
        Assert.Null(query.Match(Changed(header, 3, 3)));
        Assert.Equal(DnsResponseCode.FormatError, query.Match(Changed(header, 3, 1))!.Code);
    }

    [Fact]
    public void TruncatedAnswer_IsKnownAsSuch_AndItsRecordsAreNotRead()
    {
        DnsMessage message = DnsMessage.Parse(new Reply(Query()).A("www.test", "192.0.2.1").Truncated().Bytes.AsSpan()[..^3]);
        Assert.True(message.IsTruncated);
        Assert.Empty(message.Answers);
    }

    [Fact]
    public void UpperBitsOfTheCode_ComeFromEdns()
    {
        byte[] bytes = [.. new Reply(Query()).Bytes, 0, 0, 41, 4, 0xD0, 1, 0, 0, 0, 0, 0];
        bytes[11] = 1;
        Assert.Equal(DnsResponseCode.BadVersion, DnsMessage.Parse(bytes).Code);
    }

    [Fact]
    public void RecordOfAnotherClass_IsNone()
    {
        byte[] bytes = Answer([0xC0, 12, 0, 1, 0, 3, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]);
        Assert.Empty(DnsMessage.Parse(bytes).Answers);
    }

    [Fact]
    public void AddressesInReverse_AreAsTheStandardsSay()
    {
        Assert.Equal("4.3.2.1.in-addr.arpa", HostNames.ReverseName(IPAddress.Parse("1.2.3.4")));
        Assert.Equal("b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", HostNames.ReverseName(IPAddress.Parse("2001:db8::567:89ab")));
    }

    private static ReceivedQuery Query() => new(s_question.ToMessage(1, withEdns: false), OverTcp: false);

    private static byte[] Answer(byte[] records, int count = 1)
    {
        byte[] bytes = [.. new Reply(Query()).Bytes, .. records];
        bytes[7] = (byte)count;
        return bytes;
    }

    private static byte[] PointerTo(int position) => [(byte)(0xC0 | (position >> 8)), (byte)position];

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }
}
