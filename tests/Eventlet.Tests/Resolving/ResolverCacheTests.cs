using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Resolving;

/// <summary>What is remembered, how long, and how the files of the system are followed.</summary>
public abstract class ResolverCacheTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Answer_IsRemembered_ForItsTimeToLive() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).CName("www.test", "a.test", ttl: 30).A("a.test", "192.0.2.1", ttl: 100));
        var resolver = new GreenResolver(server.Options() with { Clock = Clock });
        await AskAsync(resolver, "www.test");
        Clock.Advance(Seconds(29));
        Assert.Equal(71, (await resolver.QueryAsync<ARecord>("WWW.test.")).Single().TimeToLive.TotalSeconds);
        Assert.Single(server.Queries);
        Clock.Advance(Seconds(1));
        await AskAsync(resolver, "www.test");
        Assert.Equal(2, server.Queries.Length);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Absence_IsRemembered_AsLongAsTheZoneSays(int code) => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(query => new Reply(query, code).Soa("test", ttl: 100, minimum: 20));
        var resolver = new GreenResolver(server.Options() with { Clock = Clock });
        await FailAsync(resolver, "none.test");
        Clock.Advance(Seconds(19));
        await FailAsync(resolver, "none.test");
        Assert.Single(server.Queries);
        Clock.Advance(Seconds(1));
        await FailAsync(resolver, "none.test");
        Assert.Equal(2, server.Queries.Length);
    });

    [Fact]
    public void WhatMayNotBeKept_IsNot() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Name switch
        {
            "zero.test" => new Reply(query).A(query.Name, "192.0.2.1", ttl: 0),
            "negative.test" => new Reply(query).A(query.Name, "192.0.2.1", ttl: 0xFFFF_FFFF),
            "broken.test" => new Reply(query, code: 2),
            "foreign.test" => new Reply(query, code: 3).Soa("example"),
            _ => new Reply(query, code: 3),
        });
        var resolver = new GreenResolver(server.Options() with { Attempts = 1 });
        foreach (string name in new[] { "zero.test", "negative.test" })
        {
            await AskAsync(resolver, name);
        }

        foreach (string name in new[] { "broken.test", "foreign.test", "none.test" })
        {
            await FailAsync(resolver, name);
        }

        Assert.Equal((0, 5), (resolver.CacheCount, server.Queries.Length));
    });

    [Fact]
    public void TimesToLive_HaveALimit() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Name == "www.test"
            ? new Reply(query).A(query.Name, "192.0.2.1", ttl: int.MaxValue)
            : new Reply(query, code: 3).Soa("test", ttl: int.MaxValue, minimum: int.MaxValue));
        var resolver = new GreenResolver(server.Options() with { Clock = Clock });
        await AskAsync(resolver, "www.test");
        await FailAsync(resolver, "none.test");
        Clock.Advance(TimeSpan.FromMinutes(15));
        await FailAsync(resolver, "none.test");
        Assert.Equal(3, server.Queries.Length);
        Clock.Advance(TimeSpan.FromDays(1));
        await AskAsync(resolver, "www.test");
        Assert.Equal(4, server.Queries.Length);
    });

    [Fact]
    public void RecordsOfOtherNames_AreNotBelieved() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Name == "bank.test"
            ? new Reply(query).A("bank.test", "192.0.2.1")
            : new Reply(query).A(query.Name, "192.0.2.2").A("bank.test", "192.0.2.66").CName("bank.test", "evil.test"));
        var resolver = new GreenResolver(server.Options());
        Assert.Equal("192.0.2.2", await AskAsync(resolver, "evil.test"));
        Assert.Equal("192.0.2.1", await AskAsync(resolver, "bank.test"));
    });

    [Fact]
    public void Cache_IsBounded_AndKeepsWhatIsUsed() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, "192.0.2.1"));
        var resolver = new GreenResolver(server.Options() with { CacheSize = 3 });
        foreach (string name in new[] { "a", "b", "c", "a", "d", "a", "b" })
        {
            await AskAsync(resolver, name);
        }

        Assert.Equal(3, resolver.CacheCount);
        Assert.Equal(["a A", "b A", "c A", "d A", "b A"], server.Queries);
        resolver.ClearCache();
        Assert.Equal(0, resolver.CacheCount);
        await AskAsync(resolver, "a");
        Assert.Equal(6, server.Queries.Length);
        var without = new GreenResolver(server.Options() with { CacheSize = 0 });
        await AskAsync(without, "a");
        await AskAsync(without, "a");
        Assert.Equal((0, 8), (without.CacheCount, server.Queries.Length));
    });

    [Fact]
    public void HostsFile_IsLookedAtAgain_AfterTenSeconds() => OnGreen(async () =>
    {
        using var hosts = new TemporaryFile("192.0.2.1 www.test\n");
        using var absent = new AbsentServer();
        var resolver = new GreenResolver(DnsTestServer.Options(absent.Address) with { HostsPath = hosts.Path, Clock = Clock, Attempts = 1 });
        Assert.Equal("192.0.2.1", await AskAsync(resolver, "www.test"));
        hosts.Write("192.0.2.22 www.test\n");
        Clock.Advance(Seconds(9.9));
        Assert.Equal("192.0.2.1", await AskAsync(resolver, "www.test"));
        Clock.Advance(Seconds(0.1));
        Assert.Equal("192.0.2.22", await AskAsync(resolver, "www.test"));
        hosts.Dispose();
        Clock.Advance(Seconds(10));
        await FailAsync(resolver, "www.test");
    });

    [Fact]
    public void Configuration_ThatChanges_EmptiesTheCache() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, query.Name == "www.one.test" ? "192.0.2.1" : "192.0.2.2"));
        using var file = new TemporaryFile("search one.test\n");
        var resolver = new GreenResolver(new GreenDnsOptions { Servers = [server.Address], HostsPath = null, ResolvConfPath = file.Path, Clock = Clock });
        Assert.Equal("192.0.2.1", await AskAsync(resolver, "www"));
        file.Write("search two.test\noptions ndots:1\n");
        Assert.Equal("192.0.2.1", await AskAsync(resolver, "www"));
        Clock.Advance(Seconds(10));
        Assert.Equal("192.0.2.2", await AskAsync(resolver, "www"));
        Assert.Equal((1, 2), (resolver.CacheCount, server.Queries.Length));
    });

    [Theory]
    [InlineData("/nowhere/at/all")]
    [InlineData("/")]
    [InlineData("/dev/null")]
    public void Files_ThatAreNone_AreAsIfEmpty(string path) => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, "192.0.2.1"));
        var resolver = new GreenResolver(new GreenDnsOptions { Servers = [server.Address], Search = [], HostsPath = path, ResolvConfPath = path });
        Assert.Equal("192.0.2.1", await AskAsync(resolver, "www.test"));
    });

    private static async Task<string> AskAsync(GreenResolver resolver, string name) => (await resolver.GetHostAddressesAsync(name, AddressFamily.InterNetwork)).Single().ToString();

    private static Task<GreenDnsException> FailAsync(GreenResolver resolver, string name) => Assert.ThrowsAsync<GreenDnsException>(() => AskAsync(resolver, name));
}

public sealed class ResolverCacheOnEpoll : ResolverCacheTests<EpollHub>;

public sealed class ResolverCacheOnPoll : ResolverCacheTests<PollHub>;

public sealed class ResolverCacheOnSelect : ResolverCacheTests<SelectHub>;
