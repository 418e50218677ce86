using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Net.Resolving;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Resolving;

/// <summary>Servers that are dead, slow, out of order or lie.</summary>
public abstract class ResolverServersTests<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    private const string Good = "192.0.2.1";
    private const string Evil = "192.0.2.66";

    [Fact]
    public void Server_ThatIsNotThere_IsFollowedByTheNextAtOnce() => OnClock(async () =>
    {
        using var absent = new AbsentServer();
        using DnsTestServer server = Answering();
        Assert.Equal(Good, await ResolveAsync(DnsTestServer.Options(absent.Address, server.Address)));
    });

    [Fact]
    public void Server_ThatIsSilent_IsFollowedAfterItsTime() => OnClock(async () =>
    {
        using DnsTestServer silent = DnsTestServer.Silent();
        using DnsTestServer server = Answering();
        GreenThread<string> resolving = GreenThread.Spawn(() => ResolveAsync(DnsTestServer.Options(silent.Address, server.Address)));
        await silent.AskedAsync(1);
        Clock.Advance(Seconds(4.999));
        await Turns.PassAsync();
        Assert.False(resolving.IsDead);
        Clock.Advance(Seconds(0.001));
        Assert.Equal(Good, await resolving);
    });

    [Fact]
    public void AllServers_ThatAreSilent_AreAskedAgain_WithoutEdns_AndThenIsTheEnd() => OnClock(async () =>
    {
        using DnsTestServer one = DnsTestServer.Silent();
        using DnsTestServer two = DnsTestServer.Silent();
        GreenThread<string> resolving = GreenThread.Spawn(() => ResolveAsync(DnsTestServer.Options(one.Address, two.Address) with { Timeout = Seconds(1), Attempts = 2 }));
        for (int i = 0; i < 4; i++)
        {
            await (i % 2 == 0 ? one : two).AskedAsync((i / 2) + 1);
            Clock.Advance(Seconds(1));
        }

        GreenDnsException error = await Assert.ThrowsAsync<GreenDnsException>(() => resolving.AsTask());
        Assert.Equal((SocketError.TryAgain, null), (error.SocketErrorCode, error.ResponseCode));
        Assert.Equal([true, false], one.Edns);
    });

    [Theory]
    [InlineData(2, SocketError.TryAgain)]
    [InlineData(4, SocketError.NoRecovery)]
    [InlineData(5, SocketError.NoRecovery)]
    public void Server_ThatDoesNotKnow_IsFollowedByTheNext(int code, SocketError error) => OnGreen(async () =>
    {
        using DnsTestServer bad = DnsTestServer.Of(query => new Reply(query, code));
        using DnsTestServer server = Answering();
        Assert.Equal(Good, await ResolveAsync(DnsTestServer.Options(bad.Address, server.Address)));
        Assert.Equal((error, (DnsResponseCode)code), await FailAsync(DnsTestServer.Options(bad.Address)));
    });

    [Fact]
    public void Server_WithoutEdns_IsAskedOnceMoreWithout() => OnGreen(async () =>
    {
        using DnsTestServer old = DnsTestServer.Raw(static query => query.HasEdns ? [HeaderOnly(query, code: 1)] : [new Reply(query).A(query.Name, Good).Bytes]);
        Assert.Equal(Good, await ResolveAsync(old.Options()));
        Assert.Equal([true, false], old.Edns);
    });

    [Fact]
    public void Answer_ThatIsTruncated_IsAskedForByTcp() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.OverTcp
            ? Enumerable.Range(0, 2000).Aggregate(new Reply(query), (reply, i) => reply.A(query.Name, $"10.0.{i / 256}.{i % 256}"))
            : new Reply(query).A(query.Name, Evil).Truncated());
        IPAddress[] addresses = await new GreenResolver(server.Options()).GetHostAddressesAsync("big.test", AddressFamily.InterNetwork);
        Assert.Equal((2000, "10.0.0.0", "10.0.7.207"), (addresses.Length, addresses[0].ToString(), addresses[^1].ToString()));
        Assert.Equal(["big.test A", "big.test A tcp"], server.Queries);
    });

    [Fact]
    public void TcpAlone_IsUsedIfWanted() => OnGreen(async () =>
    {
        using DnsTestServer server = Answering();
        Assert.Equal(Good, await ResolveAsync(server.Options() with { UseTcp = true }));
        Assert.Equal(["www.test A tcp"], server.Queries);
    });

    [Fact]
    public void TcpServer_ThatLies_OrSaysNothing_IsFollowedByTheNext() => OnGreen(async () =>
    {
        using DnsTestServer liar = DnsTestServer.Raw(static query => [Changed(query, 0)]);
        using DnsTestServer empty = DnsTestServer.Raw(static _ => [[]]);
        using DnsTestServer truncated = DnsTestServer.Of(static query => new Reply(query).Truncated());
        using DnsTestServer server = Answering();
        Assert.Equal(Good, await ResolveAsync(DnsTestServer.Options(liar.Address, empty.Address, truncated.Address, server.Address) with { UseTcp = true }));
    });

    [Fact]
    public void TcpServer_ThatStopsWithinItsAnswer_IsFollowedAfterItsTime() => OnClock(async () =>
    {
        using DnsTestServer slow = DnsTestServer.Silent();
        using DnsTestServer server = Answering();
        GreenThread<string> resolving = GreenThread.Spawn(() => ResolveAsync(DnsTestServer.Options(slow.Address, server.Address) with { UseTcp = true }));
        await slow.AskedAsync(1);
        Clock.Advance(Seconds(5));
        Assert.Equal(Good, await resolving);
    });

    [Fact]
    public void Answers_ThatAreFalse_AreNotTaken_AndTheTrueOneStillIs() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Raw(static query =>
        [
            [], [1, 2, 3], Changed(query, 0), Changed(query, 1), Changed(query, 2), Changed(query, 13), Changed(query, query.QuestionEnd - 3), Changed(query, query.QuestionEnd - 1),
            new Reply(query).A(query.Name, Evil).Bytes[..^1],
            new Reply(query).A(query.Name, Good).Bytes,
            new Reply(query).A(query.Name, Evil).Bytes,
        ]);
        Assert.Equal(Good, await ResolveAsync(server.Options()));
    });

    [Fact]
    public void Answer_FromAnotherAddress_IsNeverSeen() => OnGreen(async () =>
    {
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using DnsTestServer server = DnsTestServer.Raw(query =>
        {
            // Right in everything but where it comes from, and there first.
            stranger.SendTo(new Reply(query).A(query.Name, Evil).Bytes, query.From!);
            return [new Reply(query).A(query.Name, Good).Bytes];
        });
        Assert.Equal(Good, await ResolveAsync(server.Options()));
    });

    [Fact]
    public void Guessers_WhoSendMany_AreLeftBehindByTcp() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Raw(static query => query.OverTcp
            ? [new Reply(query).A(query.Name, Good).Bytes]
            : Enumerable.Repeat(Changed(query, 1), DnsExchange.MaxStrangers));
        Assert.Equal(Good, await ResolveAsync(server.Options()));
        Assert.Equal(["www.test A", "www.test A tcp"], server.Queries);
    });

    [Fact]
    public void Servers_TakeTurns_IfWanted() => OnGreen(async () =>
    {
        using DnsTestServer one = Answering();
        using DnsTestServer two = Answering();
        var resolver = new GreenResolver(DnsTestServer.Options(one.Address, two.Address) with { Rotate = true, CacheSize = 0 });
        for (int i = 0; i < 4; i++)
        {
            await resolver.GetHostAddressesAsync("www.test", AddressFamily.InterNetwork);
        }

        Assert.Equal((2, 2), (one.Queries.Length, two.Queries.Length));
    });

    [Fact]
    public void Server_OverIPv6_IsAsked() => OnGreen(async () =>
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this system has no IPv6");
        using DnsTestServer server = DnsTestServer.Raw(static query => [new Reply(query).A(query.Name, Good).Bytes], IPAddress.IPv6Loopback);
        Assert.Equal(Good, await ResolveAsync(server.Options()));
    });

    private static DnsTestServer Answering() => DnsTestServer.Of(static query => new Reply(query).A(query.Name, Good));

    private static byte[] HeaderOnly(ReceivedQuery query, byte code) => [query.Bytes[0], query.Bytes[1], 0x80, code, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>A false answer: right but for one byte.</summary>
    private static byte[] Changed(ReceivedQuery query, int at)
    {
        byte[] bytes = new Reply(query).A(query.Name, Evil).Bytes;
        bytes[at] = (byte)~bytes[at];
        return bytes;
    }

    private static async Task<string> ResolveAsync(GreenDnsOptions options) =>
        (await new GreenResolver(options).GetHostAddressesAsync("www.test", AddressFamily.InterNetwork)).Single().ToString();

    private static async Task<(SocketError, DnsResponseCode?)> FailAsync(GreenDnsOptions options)
    {
        GreenDnsException error = await Assert.ThrowsAsync<GreenDnsException>(() => ResolveAsync(options));
        return (error.SocketErrorCode, error.ResponseCode);
    }
}

public sealed class ResolverServersOnEpoll : ResolverServersTests<EpollHub>;

public sealed class ResolverServersOnPoll : ResolverServersTests<PollHub>;

public sealed class ResolverServersOnSelect : ResolverServersTests<SelectHub>;
