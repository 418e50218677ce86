using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Resolving;

/// <summary>The snippets of docs/dns.md, against a server of our own.</summary>
public abstract class ResolverSnippets<THub> : GreenTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Documents_OfNames_SayWhatWorks() => OnGreen(async () =>
    {
        using DnsTestServer server = DnsTestServer.Of(static query => query.Type switch
        {
            DnsType.A => new Reply(query).A(query.Name, "192.0.2.1"),
            DnsType.PTR => new Reply(query).Ptr(query.Name, "www.example.test"),
            DnsType.MX => new Reply(query).Mx(query.Name, 10, "mail.example.test"),
            _ => new Reply(query),
        });
        GreenResolver before = GreenDns.Default;
        try
        {
            Configure(server.Address.Port);
            await AskAsync();
            Assert.Single(await LimitAsync(default));
            Assert.Contains("www.example.test A", server.Queries);
        }
        finally
        {
            GreenDns.Default = before;
        }
    });

    private static void Configure(int port)
    {
        #region options
        var resolver = new GreenResolver(new GreenDnsOptions
        {
            Servers = [new IPEndPoint(IPAddress.Loopback, port)],
            Timeout = TimeSpan.FromSeconds(1),
            Attempts = 3,
            Search = ["example.test"],
        });
        GreenDns.Default = resolver;    // for GreenNet.ConnectAsync and GreenHttp, too
        #endregion
    }

    private static async Task AskAsync()
    {
        #region hosts
        IPAddress[] addresses = await GreenDns.GetHostAddressesAsync("www.example.test");
        IPHostEntry entry = await GreenDns.GetHostEntryAsync(addresses[0]);
        IReadOnlyList<MxRecord> mail = await GreenDns.QueryAsync<MxRecord>("example.test");
        #endregion
        Assert.Equal("www.example.test", entry.HostName);
        Assert.Equal("mail.example.test", mail.Single().Exchange);
    }

    private static async Task<IPAddress[]> LimitAsync(CancellationToken token)
    {
        #region limit
        using var limit = new GreenTimeout(TimeSpan.FromSeconds(2));
        IPAddress[] addresses = await GreenDns.GetHostAddressesAsync("www", AddressFamily.InterNetwork, token);
        #endregion
        return addresses;
    }
}

public sealed class ResolverSnippetsOnEpoll : ResolverSnippets<EpollHub>;

public sealed class ResolverSnippetsOnPoll : ResolverSnippets<PollHub>;

public sealed class ResolverSnippetsOnSelect : ResolverSnippets<SelectHub>;
