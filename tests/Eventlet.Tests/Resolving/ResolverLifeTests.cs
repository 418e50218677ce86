using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Resolving;

/// <summary>Many callers, and callers who go.</summary>
public abstract class ResolverLifeTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Crowd_ThatWantsOneName_AsksOnce() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, "192.0.2.1", ttl: 0));
        var resolver = new GreenResolver(server.Options());
        GreenThread<IPAddress[]>[] crowd = [.. Enumerable.Range(0, 200).Select(_ => GreenThread.Spawn(() => AskAsync(resolver)))];
        foreach (GreenThread<IPAddress[]> one in crowd)
        {
            Assert.Equal("192.0.2.1", (await one).Single().ToString());
        }

        Assert.Equal(["www.test A"], server.Queries);
    });

    [Fact]
    public void Crowd_ThatWantsManyNames_GetsEachItsOwn() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, $"10.0.0.{query.Name.Split('.')[0]}"));
        var resolver = new GreenResolver(server.Options());
        GreenThread<IPAddress[]>[] crowd = [.. Enumerable.Range(0, 200).Select(i => GreenThread.Spawn(() => resolver.GetHostAddressesAsync($"{i}.test", AddressFamily.InterNetwork)))];
        for (int i = 0; i < crowd.Length; i++)
        {
            Assert.Equal($"10.0.0.{i}", (await crowd[i]).Single().ToString());
        }
    });

    [Fact]
    public void Kill_EndsTheCaller_AndTheQueryWithTheLast() => OnClock(async () =>
    {
        using DnsTestServer server = DnsTestServer.Silent();
        var resolver = new GreenResolver(server.Options());
        GreenThread<IPAddress[]> one = GreenThread.Spawn(() => AskAsync(resolver));
        GreenThread<IPAddress[]> two = GreenThread.Spawn(() => AskAsync(resolver));
        await server.AskedAsync(1);
        one.Kill();
        await Assert.ThrowsAsync<GreenletExit>(() => one.AsTask());
        await Turns.PassAsync();
        Assert.Equal(3, Hubs.GetHub().Statistics.GreenThreads);
        two.Kill();
        await Assert.ThrowsAsync<GreenletExit>(() => two.AsTask());
        await Turns.PassAsync();
        Assert.Equal(1, Hubs.GetHub().Statistics.GreenThreads);
        Assert.Single(server.Queries);
    });

    [Fact]
    public void FirstCaller_WhoIsKilled_TakesNothingFromTheOthers() => OnGreen(async () =>
    {
        using var mayAnswer = new ManualResetEventSlim();
        using DnsTestServer server = DnsTestServer.Of(query =>
        {
            mayAnswer.Wait();
            return new Reply(query).A(query.Name, "192.0.2.1");
        });
        var resolver = new GreenResolver(server.Options());
        GreenThread<IPAddress[]> first = GreenThread.Spawn(() => AskAsync(resolver));
        GreenThread<IPAddress[]> second = GreenThread.Spawn(() => AskAsync(resolver));
        await server.AskedAsync(1);
        first.Kill();
        await Assert.ThrowsAsync<GreenletExit>(() => first.AsTask());
        mayAnswer.Set();
        Assert.Single(await second);
    });

    [Fact]
    public void TimeOut_OfTheCaller_EndsItAtOnce() => OnClock(async () =>
    {
        using DnsTestServer server = DnsTestServer.Silent();
        var resolver = new GreenResolver(server.Options());
        GreenThread limited = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(Seconds(1));
            await AskAsync(resolver);
        });
        await server.AskedAsync(1);
        Clock.Advance(Seconds(1));
        await Assert.ThrowsAsync<GreenTimeoutException>(() => limited.AsTask());
        await Turns.PassAsync();
        Assert.Equal(1, Hubs.GetHub().Statistics.GreenThreads);
    });

    [Fact]
    public void Token_EndsTheCall_WithItself() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Silent();
        using var source = new CancellationTokenSource();
        Task<IPAddress[]> asking = GreenThread.Spawn(() => new GreenResolver(server.Options()).GetHostAddressesAsync("www.test", cancellationToken: source.Token)).AsTask();
        await server.AskedAsync(2);
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking)).CancellationToken);
        await Turns.PassAsync();
        Assert.Equal(1, Hubs.GetHub().Statistics.GreenThreads);
    });

    [Fact]
    public void Hub_ThatIsDropped_HoldsNoOther() => OnGreen(async () =>
    {
        int asked = 0;
        using DnsTestServer server = DnsTestServer.Raw(query => Interlocked.Increment(ref asked) == 1 ? [] : [new Reply(query).A(query.Name, "192.0.2.1").Bytes]);
        var resolver = new GreenResolver(server.Options());
        Hub other = StartHub();
        _ = other.Spawn(() => AskAsync(resolver));
        await server.AskedAsync(1);
        other.Dispose();
        Assert.Single(await AskAsync(resolver));
    });

    [Fact]
    public void Hubs_ShareWhatIsKnown() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, "192.0.2.1"));
        var resolver = new GreenResolver(server.Options());
        await AskAsync(resolver);
        using Hub other = StartHub();
        Assert.Single(await other.InvokeAsync(() => AskAsync(resolver)));
        Assert.Single(server.Queries);
    });

    [Fact]
    public void Descriptors_ThatAreWanting_AreAnErrorOfTheCaller_WhichIsNotRemembered() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, "192.0.2.1"));
        var resolver = new GreenResolver(server.Options());
        await resolver.GetHostAddressesAsync("other.test", AddressFamily.InterNetwork);
        Exception? error;
        using (new Starvation())
        {
            error = await ErrorOf(() => AskAsync(resolver));
        }

        Assert.Equal(SocketError.TooManyOpenSockets, Assert.IsType<SocketException>(error).SocketErrorCode);
        Assert.Single(await AskAsync(resolver));
    });

    [Fact]
    public void BlockingForms_AreForCodeOutside() => OnMain(() =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => new Reply(query).A(query.Name, "192.0.2.1").Ptr(query.Name, "www.test"));
        var resolver = new GreenResolver(server.Options());
        Assert.Equal("192.0.2.1", resolver.GetHostAddresses("www.test").Single().ToString());
        Assert.Equal("www.test", resolver.GetHostEntry(IPAddress.Parse("192.0.2.1")).HostName);
        Assert.Equal("www.test", resolver.GetHostEntry("www.test").HostName);
        Assert.Single(resolver.Query<ARecord>("www.test"));
        Assert.Single(resolver.GetHostAddressesAsync("www.test").GetAwaiter().GetResult());
        Hubs.GetHub().Run(() =>
        {
            Assert.Throws<InvalidOperationException>(() => resolver.GetHostAddresses("www.test"));
            Assert.Throws<InvalidOperationException>(() => resolver.Query<ARecord>("www.test"));
            return Task.CompletedTask;
        });
    });

    [Fact]
    public void SystemsResolver_IsAskedIfWanted() => OnGreen(async () =>
    {
        Assert.False(GreenDns.MakeDefault(null).Options.UseSystemResolver);
        Assert.False(GreenDns.MakeDefault("no").Options.UseSystemResolver);
        GreenResolver resolver = GreenDns.MakeDefault("YES");
        Assert.True(resolver.Options.UseSystemResolver);
        Assert.NotEmpty(await resolver.GetHostAddressesAsync("localhost"));
        Assert.NotEmpty((await resolver.GetHostEntryAsync("localhost")).AddressList);
    });

    [Fact]
    public void Options_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new GreenDnsOptions { Servers = [] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GreenDnsOptions { Timeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GreenDnsOptions { Attempts = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GreenDnsOptions { Ndots = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GreenDnsOptions { CacheSize = -1 });
    }

    private static Task<IPAddress[]> AskAsync(GreenResolver resolver) => resolver.GetHostAddressesAsync("www.test", AddressFamily.InterNetwork);
}

public sealed class ResolverLifeOnEpoll : ResolverLifeTests<EpollHub>;

public sealed class ResolverLifeOnPoll : ResolverLifeTests<PollHub>;

public sealed class ResolverLifeOnSelect : ResolverLifeTests<SelectHub>;
