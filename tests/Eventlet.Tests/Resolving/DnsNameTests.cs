using Eventlet.Net.Resolving;

namespace Eventlet.Tests.Resolving;

public sealed class DnsNameTests
{
    [Theory]
    [InlineData("a.test", "01 61 04 74 65 73 74 00")]
    [InlineData("a.test.", "01 61 04 74 65 73 74 00")]
    [InlineData(".", "00")]
    [InlineData(@"a\.b", "03 61 2E 62 00")]
    [InlineData(@"\007", "01 07 00")]
    [InlineData(@"\\", "01 5C 00")]
    public void Name_IsEncodedAsLabels(string name, string wire)
    {
        Span<byte> bytes = stackalloc byte[DnsName.MaxLength];
        int length = DnsName.Encode(name, bytes);
        Assert.Equal(wire, Convert.ToHexString(bytes[..length]).Chunk(2).Select(static pair => new string(pair)).Aggregate(static (one, other) => $"{one} {other}"));
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a..")]
    [InlineData(@"a\")]
    [InlineData(@"a\25")]
    [InlineData(@"a\256")]
    public void Name_ThatIsNone_IsRefused(string name) => Assert.Throws<DnsFormatException>(() => DnsName.Normalize(name));

    [Fact]
    public void Lengths_AreThoseOfTheStandard()
    {
        string label = new('a', 63);
        string longest = $"{label}.{label}.{label}.{label[..61]}";
        Assert.Equal(longest, DnsName.Normalize(longest));
        Assert.Equal(longest, DnsName.Normalize(longest + "."));
        Assert.Throws<DnsFormatException>(() => DnsName.Normalize(longest + "a"));
        Assert.Throws<DnsFormatException>(() => DnsName.Normalize(label + "a.b"));
        Assert.Throws<DnsFormatException>(() => DnsName.Normalize(new string('a', 100_000)));
    }

    [Theory]
    [InlineData("bücher.test", "xn--bcher-kva.test")]
    [InlineData("Example.Test.", "Example.Test")]
    [InlineData(".", ".")]
    public void Name_IsAskedForInAscii(string name, string asked) => Assert.Equal(asked, DnsName.Normalize(name));

    [Theory]
    [InlineData("a.", true)]
    [InlineData("a", false)]
    [InlineData(@"a\.", false)]
    [InlineData(@"a\\.", true)]
    public void DotAtTheEnd_MakesANameAbsolute(string name, bool isAbsolute) => Assert.Equal(isAbsolute, DnsName.IsAbsolute(name));

    [Theory]
    [InlineData("www.Example.test", "example.test", true)]
    [InlineData("example.test", "example.test", true)]
    [InlineData("badexample.test", "example.test", false)]
    [InlineData("test", "example.test", false)]
    [InlineData("anything", ".", true)]
    public void Zone_HasWhatIsBelowIt(string name, string zone, bool isWithin) => Assert.Equal(isWithin, DnsName.IsWithin(name, zone));

    [Theory]
    [InlineData("host-1.test", true)]
    [InlineData("_sip._tcp.test", true)]
    [InlineData("-rf.test", false)]
    [InlineData(@"a\010b", false)]
    [InlineData("a b", false)]
    [InlineData("<script>", false)]
    [InlineData(".", false)]
    public void HostName_HasLettersDigitsAndHyphens(string name, bool isOne) => Assert.Equal(isOne, DnsName.IsHostName(name));
}
