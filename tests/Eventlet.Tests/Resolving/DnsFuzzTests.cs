using CsCheck;
using Eventlet.Net;
using Eventlet.Net.Resolving;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Resolving;

/// <summary>Whatever comes is read or refused, with the one exception that is declared. What fails prints a seed; CsCheck_Seed replays it.</summary>
public sealed class DnsFuzzTests
{
    private static readonly int s_runs = TimeLimit.LongRun ? 5_000_000 : 50_000;

    private static readonly byte[] s_good = new Reply(new ReceivedQuery(new DnsQuestion("www.test", DnsRecordType.A).ToMessage(1, withEdns: false), OverTcp: false))
        .CName("www.test", "a.test").A("a.test", "192.0.2.1").Aaaa("a.test", "2001:db8::1").Mx("a.test", 1, "mail.test").Srv("a.test", 1, 2, 3, "srv.test").Txt("a.test", "one", "two")
        .Ptr("a.test", "host.test").Soa("test").Bytes;

    [Fact]
    public void Bytes_OfAnyKind_AreReadOrRefused() => Gen.Byte.Array[0, 600].Sample(static bytes => Read(bytes), iter: s_runs);

    [Fact]
    public void Message_WithAnyBytesChanged_IsReadOrRefused() =>
        Gen.Select(Gen.Int[0, s_good.Length], Gen.Select(Gen.Int[0, s_good.Length - 1], Gen.Byte).Array[0, 12]).Sample(static (length, changes) =>
        {
            byte[] bytes = [.. s_good];
            foreach ((int at, byte value) in changes)
            {
                bytes[at] = value;
            }

            return Read(bytes[..length]);
        }, iter: s_runs);

    [Fact]
    public void Message_OfPointersAlone_IsReadOrRefused() => Gen.Select(OneOf<byte>(0, 1, 12, 26, 0xC0, 0xC1, 63), Gen.Bool).Array[0, 3000].Sample(static parts =>
    {
        byte[] bytes = [.. s_good[..12], .. parts.Select(static part => part.Item1)];
        bytes.AsSpan(6, 6).Fill(0xFF);
        return Read(bytes);
    }, iter: s_runs / 50);

    [Fact]
    public void Name_ThatWasRead_IsAskedForAsItIs() => Gen.Byte.Array[1, 63].Array[1, 3].Sample(static labels =>
    {
        byte[] wire = [.. labels.SelectMany(static label => label.Prepend((byte)label.Length)), 0];
        var reader = new DnsReader(wire);
        string name = reader.ReadName();
        Span<byte> again = stackalloc byte[DnsName.MaxLength];
        return reader.Position == wire.Length && again[..DnsName.Encode(name, again)].SequenceEqual(wire);
    }, iter: s_runs / 10);

    [Fact]
    public void Text_OfAnyKind_IsAConfigurationAndAHostsFile() => Gen.Select(
        OneOf("nameserver", "search", "options", "domain", "127.0.0.1", "fe80::1%lo", "ndots:", "timeout:99999999999999", "#", ";", "\n", " ", "\t", "\r", "\0", "a.test", "ü", "%", ":", "-1"),
        Gen.String).Array[0, 30].Sample(static parts =>
    {
        string text = string.Concat(parts.Select(static part => part.Item1 + part.Item2));
        ResolvConf file = ResolvConf.Parse(text, static () => "host.test", static _ => null);
        HostsFile.Parse(text).Find("a.test");
        return file.Servers.Count is >= 1 and <= 3 && file.Attempts is >= 1 and <= 5 && file.Timeout <= TimeSpan.FromSeconds(30) && file.Ndots <= 15;
    }, iter: s_runs / 50);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static bool Read(byte[] bytes)
    {
        try
        {
            DnsMessage message = DnsMessage.Parse(bytes);
            return message.Answers.All(static record => record.ToString() is not null);
        }
        catch (DnsFormatException)
        {
            return true;
        }
    }
}
