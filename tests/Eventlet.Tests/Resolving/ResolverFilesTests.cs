using System.Net;
using Eventlet.Net;
using Eventlet.Net.Resolving;

namespace Eventlet.Tests.Resolving;

/// <summary>resolv.conf and hosts: what the C library makes of them.</summary>
public sealed class ResolverFilesTests
{
    [Fact]
    public void EmptyFile_HasTheDefaults()
    {
        ResolvConf file = Conf("");
        Assert.Equal(["127.0.0.1:53"], Servers(file));
        Assert.Equal(["home.test"], file.Search!);
        Assert.Equal((1, 5, 2), (file.Ndots, (int)file.Timeout.TotalSeconds, file.Attempts));
        Assert.False(file.Rotate || file.UseTcp || file.SingleRequest || file.NoTopLevel || file.NoAaaa);
        Assert.Empty(ResolvConf.Parse("", static () => "host", static _ => null).Search!);
    }

    [Fact]
    public void Servers_AreTheFirstThreeThatAreAddresses() => Assert.Equal(
        ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"],
        Servers(Conf("nameserver 192.0.2.1 # not the comment\nnameserver nonsense\nnameserver\t 2001:db8::1\nnameserver\n nameserver 192.0.2.9\nnameservers 192.0.2.8\n#nameserver 192.0.2.7\n;nameserver 192.0.2.6\nnameserver 192.0.2.3\nnameserver 192.0.2.4")));

    [Fact]
    public void Server_OfALink_HasItsScope()
    {
        Assert.Equal(3, Conf("nameserver fe80::1%3").Servers[0].Address.ScopeId);
        Assert.True(Conf("nameserver fe80::1%lo").Servers[0].Address is { ScopeId: > 0, IsIPv6LinkLocal: true });
    }

    [Theory]
    [InlineData("domain one.test\nsearch two.test three.test", "two.test three.test")]
    [InlineData("search two.test three.test\ndomain one.test four.test", "one.test")]
    [InlineData("search a b c d e f g h", "a b c d e f g h")]
    [InlineData("search\t a \t b\r\n", "a b")]
    [InlineData("search", "home.test")]
    public void SearchList_IsThatOfTheLastLine(string text, string domains) => Assert.Equal(domains.Split(' '), Conf(text).Search!);

    [Fact]
    public void Options_AreReadWithTheirLimits()
    {
        ResolvConf file = Conf("options ndots:3 timeout:7\noptions attempts:4 rotate use-vc single-request no-tld-query no-aaaa edns0 trust-ad what:ever");
        Assert.Equal((3, 7, 4), (file.Ndots, (int)file.Timeout.TotalSeconds, file.Attempts));
        Assert.True(file.Rotate && file.UseTcp && file.SingleRequest && file.NoTopLevel && file.NoAaaa);
        file = Conf("options ndots:99 timeout:99999999999 attempts:99");
        Assert.Equal((15, 30, 5), (file.Ndots, (int)file.Timeout.TotalSeconds, file.Attempts));
        file = Conf("options ndots:x timeout:0 attempts:-3 ndots");
        Assert.Equal((0, 1, 1), (file.Ndots, (int)file.Timeout.TotalSeconds, file.Attempts));
    }

    [Fact]
    public void Environment_ReplacesTheSearchList_AndAddsOptions()
    {
        ResolvConf file = ResolvConf.Parse("search a\noptions ndots:2 rotate", static () => "h", static name => name switch
        {
            "LOCALDOMAIN" => "b c",
            "RES_OPTIONS" => "ndots:5",
            _ => null,
        });
        Assert.Equal(["b", "c"], file.Search!);
        Assert.Equal((5, true), (file.Ndots, file.Rotate));
    }

    [Theory]
    [InlineData("www", 1, "www.a.test www.b.test www")]
    [InlineData("www.x", 1, "www.x www.x.a.test www.x.b.test")]
    [InlineData("www.x", 2, "www.x.a.test www.x.b.test www.x")]
    [InlineData("www", 0, "www www.a.test www.b.test")]
    public void Names_AreTriedInTheOrderThatNdotsSays(string name, int ndots, string candidates) =>
        Assert.Equal(candidates.Split(' '), Configuration(ndots).Candidates(name, isAbsolute: false));

    [Fact]
    public void Name_ThatIsAbsolute_IsTriedAlone() => Assert.Equal(["www"], Configuration(1).Candidates("www", isAbsolute: true));

    [Fact]
    public void Domain_ThatIsNone_IsPassedOver() => Assert.Equal(
        ["www.test", "www"],
        new ResolverConfiguration(new GreenDnsOptions { Search = ["..", new string('x', 300), ".test", "."], Ndots = 1 }, Conf("")).Candidates("www", isAbsolute: false));

    [Fact]
    public void Hosts_AreFoundByName_InAllTheirLines()
    {
        HostsFile file = HostsFile.Parse("""
            # comment
            192.0.2.1  One.test one   # and more
            2001:db8::1 one.test uno
            nonsense two.test
            192.0.2.2
            fe80::1 link.test
            fe80::1%lo link.test
            192.0.2.3 dotted.test. .
            192.0.2.3 second.test
            """);
        HostAnswer one = file.Find("ONE.TEST")!;
        Assert.Equal("One.test", one.Name);
        Assert.Equal(["one", "uno"], one.Aliases);
        Assert.Equal(["192.0.2.1", "2001:db8::1"], one.Addresses.Select(static address => address.ToString()));
        Assert.Equal("one.test", file.Find("uno")!.Name);
        Assert.Null(file.Find("two.test"));
        Assert.Null(file.Find("link.test"));
        Assert.NotNull(file.Find("dotted.test"));
        Assert.Equal("dotted.test", file.Find(IPAddress.Parse("192.0.2.3"))!.Name);
        Assert.Null(file.Find(IPAddress.Parse("192.0.2.2")));
    }

    private static ResolvConf Conf(string text) => ResolvConf.Parse(text, static () => "host.home.test", static _ => null);

    private static ResolverConfiguration Configuration(int ndots) => new(new GreenDnsOptions { Search = ["a.test", "b.test"], Ndots = ndots }, Conf(""));

    private static IEnumerable<string> Servers(ResolvConf file) => file.Servers.Select(static server => server.ToString());
}
