using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Resolving;

/// <summary>Names, addresses and records, against a server of our own.</summary>
public abstract class ResolverTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Host_HasTheAddressesOfBothFamilies_IPv6First() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        var resolver = new GreenResolver(server.Options());
        Assert.Equal(["2001:db8::1", "192.0.2.1", "192.0.2.2"], await AddressesAsync(resolver, "www.test"));
        Assert.Equal(["192.0.2.1", "192.0.2.2"], await AddressesAsync(resolver, "WWW.test.", AddressFamily.InterNetwork));
        Assert.Equal(["2001:db8::1"], await AddressesAsync(resolver, "www.test", AddressFamily.InterNetworkV6));
        Assert.Equal(["www.test A", "www.test AAAA"], server.Queries.Order());
    });

    [Fact]
    public void Host_WithOneFamily_HasThat_AndNoDataOfTheOther() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        var resolver = new GreenResolver(server.Options());
        Assert.Equal(["192.0.2.3"], await AddressesAsync(resolver, "four.test"));
        GreenDnsException error = await Assert.ThrowsAsync<GreenDnsException>(() => resolver.GetHostAddressesAsync("four.test", AddressFamily.InterNetworkV6));
        Assert.Equal((SocketError.NoData, DnsResponseCode.NoError), (error.SocketErrorCode, error.ResponseCode));
    });

    [Fact]
    public void Name_ThatDoesNotExist_IsHostNotFound() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        GreenDnsException error = await Assert.ThrowsAsync<GreenDnsException>(() => new GreenResolver(server.Options()).GetHostAddressesAsync("none.test"));
        Assert.Equal((SocketError.HostNotFound, DnsResponseCode.NameError, "none.test"), (error.SocketErrorCode, error.ResponseCode, error.Name));
    });

    [Fact]
    public void OneFamily_ThatFails_DoesNotSpoilTheOther() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Type == DnsType.A ? new Reply(query).A(query.Name, "192.0.2.1") : new Reply(query, code: 2));
        Assert.Equal(["192.0.2.1"], await AddressesAsync(new GreenResolver(server.Options()), "www.test"));
        Assert.Equal(SocketError.TryAgain, (await Assert.ThrowsAsync<GreenDnsException>(() =>
            new GreenResolver(server.Options()).GetHostAddressesAsync("www.test", AddressFamily.InterNetworkV6))).SocketErrorCode);
    });

    [Fact]
    public void AddressAsText_AndLocalhost_AreKnownWithoutAsking() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        var resolver = new GreenResolver(server.Options());
        Assert.Equal(["192.0.2.9"], await AddressesAsync(resolver, "192.0.2.9"));
        Assert.Equal(["fe80::1%1"], await AddressesAsync(resolver, "fe80::1%1"));
        Assert.Empty(await AddressesAsync(resolver, "192.0.2.9", AddressFamily.InterNetworkV6));
        Assert.Equal(["::1", "127.0.0.1"], await AddressesAsync(resolver, "localhost"));
        Assert.Equal(["127.0.0.1"], await AddressesAsync(resolver, "any.LocalHost.", AddressFamily.InterNetwork));
        Assert.Equal("localhost", (await resolver.GetHostEntryAsync("127.0.0.1")).HostName);
        Assert.Empty(server.Queries);
    });

    [Fact]
    public void Name_ThatIsNone_IsNotAskedFor() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        var resolver = new GreenResolver(server.Options());
        foreach (string name in new[] { "a..test", new string('x', 64), ".test" })
        {
            Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<GreenDnsException>(() => resolver.GetHostAddressesAsync(name))).SocketErrorCode);
        }

        await Assert.ThrowsAsync<ArgumentException>(() => resolver.GetHostAddressesAsync(""));
        await Assert.ThrowsAsync<ArgumentException>(() => resolver.GetHostAddressesAsync("a.test", AddressFamily.Unix));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => resolver.QueryAsync("a.test", (DnsRecordType)252));
        await Assert.ThrowsAsync<NotSupportedException>(() => resolver.QueryAsync<DnsRecord>("a.test"));
        Assert.Empty(server.Queries);
    });

    [Fact]
    public void HostsFile_ComesFirst_ForEitherFamily() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        using var hosts = new TemporaryFile("192.0.2.50 www.test www alias\n");
        var resolver = new GreenResolver(server.Options() with { HostsPath = hosts.Path });
        Assert.Equal(["192.0.2.50"], await AddressesAsync(resolver, "WWW.test"));
        Assert.Equal(SocketError.NoData, (await Assert.ThrowsAsync<GreenDnsException>(() => resolver.GetHostAddressesAsync("www", AddressFamily.InterNetworkV6))).SocketErrorCode);
        IPHostEntry entry = await resolver.GetHostEntryAsync("alias");
        Assert.Equal("www.test", entry.HostName);
        Assert.Equal(["www", "alias"], entry.Aliases);
        Assert.Equal("www.test", (await resolver.GetHostEntryAsync(IPAddress.Parse("192.0.2.50"))).HostName);
        Assert.Empty(server.Queries);
    });

    [Fact]
    public void SearchDomains_AreTriedInOrder_UntilOneHasTheName() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        var resolver = new GreenResolver(server.Options() with { Search = ["nowhere.test", "test"] });
        Assert.Equal(["192.0.2.3"], await AddressesAsync(resolver, "four", AddressFamily.InterNetwork));
        Assert.Equal(["four.nowhere.test A", "four.test A"], server.Queries);
        Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<GreenDnsException>(() => resolver.GetHostAddressesAsync("four.", AddressFamily.InterNetwork))).SocketErrorCode);
        Assert.Equal(["four.nowhere.test A", "four.test A", "four A"], server.Queries);
    });

    [Fact]
    public void Search_GoesOnAfterAServersFailure_AndStopsWhenNobodyAnswers() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Name == "www.b" ? new Reply(query).A(query.Name, "192.0.2.1") : new Reply(query, code: 2));
        var resolver = new GreenResolver(server.Options() with { Search = ["a", "b"], Attempts = 1 });
        Assert.Equal(["192.0.2.1"], await AddressesAsync(resolver, "www", AddressFamily.InterNetwork));
        using var absent = new AbsentServer();
        var unreachable = new GreenResolver(DnsTestServer.Options(absent.Address) with { Search = ["a", "b"] });
        GreenDnsException error = await Assert.ThrowsAsync<GreenDnsException>(() => unreachable.GetHostAddressesAsync("www", AddressFamily.InterNetwork));
        Assert.Equal((SocketError.TryAgain, "www.a", null), (error.SocketErrorCode, error.Name, error.ResponseCode));
    });

    [Fact]
    public void Aliases_AreFollowed_AlsoOverSeveralAnswers() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Name switch
        {
            // In any order, and with what has nothing to do with it.
            "one.test" => new Reply(query).A("three.test", "192.0.2.66").CName("TWO.test", "far.test").CName("one.test", "two.test").A("one.evil", "192.0.2.67"),
            "far.test" when query.Type == DnsType.A => new Reply(query).A("far.test", "192.0.2.1"),
            _ => new Reply(query),
        });
        IPHostEntry entry = await new GreenResolver(server.Options()).GetHostEntryAsync("one.test");
        Assert.Equal("far.test", entry.HostName);
        Assert.Equal(["one.test", "TWO.test"], entry.Aliases);
        Assert.Equal(["192.0.2.1"], entry.AddressList.Select(static address => address.ToString()));
    });

    [Fact]
    public void Aliases_InACircle_OrWithoutEnd_AreAnError() => OnGreen(async () =>
    {
        using DnsTestServer circle = DnsTestServer.Of(static query => new Reply(query).CName("a.test", "b.test").CName("b.test", "a.test"));
        using DnsTestServer endless = DnsTestServer.Of(static query => new Reply(query).CName(query.Name, $"x{query.Name}"));
        Assert.Equal(SocketError.NoRecovery, (await Assert.ThrowsAsync<GreenDnsException>(() => new GreenResolver(circle.Options()).GetHostAddressesAsync("a.test"))).SocketErrorCode);
        Assert.Equal(SocketError.NoRecovery, (await Assert.ThrowsAsync<GreenDnsException>(() =>
            new GreenResolver(endless.Options()).GetHostAddressesAsync("a.test", AddressFamily.InterNetwork))).SocketErrorCode);
        Assert.Equal(17, endless.Queries.Length);
    });

    [Fact]
    public void Address_HasTheNameOfItsPtrRecord_AndThatNamesAddresses() => OnGreen(async () =>
    {
        using DnsTestServer server = Zone();
        var resolver = new GreenResolver(server.Options());
        IPHostEntry entry = await resolver.GetHostEntryAsync(IPAddress.Parse("192.0.2.3"));
        Assert.Equal("four.test", entry.HostName);
        Assert.Equal(["192.0.2.3"], entry.AddressList.Select(static address => address.ToString()));
        entry = await resolver.GetHostEntryAsync("::ffff:192.0.2.4");
        Assert.Equal("gone.test", entry.HostName);
        Assert.Empty(entry.AddressList);

        // What is no host's name is not handed out, whoever the address belongs to.
        await Assert.ThrowsAsync<GreenDnsException>(() => resolver.GetHostEntryAsync(IPAddress.Parse("192.0.2.5")));
        Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<GreenDnsException>(() => resolver.GetHostEntryAsync(IPAddress.Parse("2001:db8::9")))).SocketErrorCode);
    });

    [Fact]
    public void Records_OfAnyType_AreAskedFor() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Type switch
        {
            DnsType.MX => new Reply(query).CName("alias.test", "a.test").Mx("a.test", 10, "mail.test").Mx("a.test", 20, "mail2.test"),
            DnsType.SRV => new Reply(query).Srv(query.Name, 1, 2, 5060, "sip.test"),
            DnsType.TXT => new Reply(query).Txt(query.Name, "v=spf1 ", "-all"),
            DnsType.CNAME => new Reply(query).CName(query.Name, "a.test"),
            DnsType.NS => new Reply(query).Add(query.Name, DnsType.NS, 1, Reply.Name("ns.test")),
            DnsType.SOA => new Reply(query).Add(query.Name, DnsType.SOA, 1, Reply.SoaBody(5)),
            DnsType.CAA => new Reply(query).Add(query.Name, DnsType.CAA, 1, [1, 2]),
            _ => new Reply(query),
        });
        var resolver = new GreenResolver(server.Options());
        Assert.Equal(["a.test 60 Mx 10 mail.test", "a.test 60 Mx 20 mail2.test"], (await resolver.QueryAsync<MxRecord>("alias.test")).Select(static record => record.ToString()));
        Assert.Equal(5060, (await resolver.QueryAsync<SrvRecord>("_sip._tcp.test")).Single().Port);
        Assert.Equal("v=spf1 -all", (await resolver.QueryAsync<TxtRecord>("a.test")).Single().Joined);
        Assert.Equal("a.test", (await resolver.QueryAsync<CNameRecord>("alias.test")).Single().CanonicalName);
        Assert.Equal("ns.test", (await resolver.QueryAsync<NsRecord>("a.test")).Single().NameServer);
        Assert.Equal(TimeSpan.FromSeconds(5), (await resolver.QueryAsync<SoaRecord>("a.test")).Single().Minimum);
        Assert.Equal([1, 2], Assert.IsType<OtherRecord>((await resolver.QueryAsync("a.test", (DnsRecordType)DnsType.CAA)).Single()).Bytes.ToArray());
        Assert.Empty(await resolver.QueryAsync<PtrRecord>("a.test"));
    });

    [Fact]
    public void ConnectByName_AsksTheDefaultResolver() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Type == DnsType.A ? new Reply(query).A(query.Name, "127.0.0.1") : new Reply(query).Soa("test"));
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        GreenResolver before = GreenDns.Default;
        GreenDns.Default = new GreenResolver(server.Options());
        try
        {
            using GreenSocket client = await GreenNet.ConnectAsync("service.test", ((IPEndPoint)listener.LocalEndPoint!).Port);
            Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
            Assert.Equal("127.0.0.1", (await GreenDns.GetHostAddressesAsync("service.test")).Single().ToString());
        }
        finally
        {
            GreenDns.Default = before;
        }

        Assert.Equal(["service.test A", "service.test AAAA"], server.Queries.Order());
    });

    private static DnsTestServer Zone() => DnsTestServer.Zone(static (name, type, reply) =>
    {
        switch (name.ToUpperInvariant(), type)
        {
            case ("WWW.TEST", DnsType.A):
                reply.A(name, "192.0.2.1").A(name, "192.0.2.2");
                return true;
            case ("WWW.TEST", DnsType.AAAA):
                reply.Aaaa(name, "2001:db8::1");
                return true;
            case ("FOUR.TEST", DnsType.A):
                reply.A(name, "192.0.2.3");
                return true;
            case ("3.2.0.192.IN-ADDR.ARPA", DnsType.PTR):
                reply.Ptr(name, "four.test");
                return true;
            case ("4.2.0.192.IN-ADDR.ARPA", DnsType.PTR):
                reply.Ptr(name, "gone.test");
                return true;
            case ("5.2.0.192.IN-ADDR.ARPA", DnsType.PTR):
                reply.Ptr(name, "<script>.test");
                return true;
            default:
                reply.Soa("test");
                return name is "www.test" or "four.test";
        }
    });

    private static async Task<IEnumerable<string>> AddressesAsync(GreenResolver resolver, string name, AddressFamily family = AddressFamily.Unspecified) =>
        (await resolver.GetHostAddressesAsync(name, family)).Select(static address => address.ToString());
}

public sealed class ResolverOnEpoll : ResolverTests<EpollHub>;

public sealed class ResolverOnPoll : ResolverTests<PollHub>;

public sealed class ResolverOnSelect : ResolverTests<SelectHub>;
