using Eventlet.Tests.Support;

namespace Eventlet.Tests.Web.Samples;

public class SignalRChatTests
{
    [Fact]
    public async Task Message_OnOneServer_IsHeardOnTheOther()
    {
        using RedisProcess redis = await RedisProcess.StartAsync();
        using ChildProcess first = Serve(redis);
        using ChildProcess second = Serve(redis);
        string firstUrl = await UrlAsync(first), secondUrl = await UrlAsync(second);
        using ChildProcess ada = ChildProcess.StartProject("Samples.SignalRChat", $"talk {firstUrl} Ada");
        await ada.LineAsync("* Ada is here");
        using ChildProcess bob = ChildProcess.StartProject("Samples.SignalRChat", $"talk {secondUrl} Bob");
        await Task.WhenAll(ada.LineAsync("* Bob is here"), bob.LineAsync("* Bob is here"));
        ada.WriteLine("from the first");
        await Task.WhenAll(ada.LineAsync("Ada: from the first"), bob.LineAsync("Ada: from the first"));
        bob.WriteLine("from the second");
        await Task.WhenAll(ada.LineAsync("Bob: from the second"), bob.LineAsync("Bob: from the second"));

        // Gone without a word; the other server tells it.
        await bob.SignalAsync("KILL");
        await ada.LineAsync("* Bob has left");

        // She goes before her server does: a client that reconnects by itself might do so within the moment in which SignalR has closed its connections and Kestrel
        // still accepts, and would then be waited for.
        ada.EndInput();
        (await ada.EndAsync()).Expect();
        foreach (ChildProcess server in new[] { first, second })
        {
            await server.SignalAsync("TERM");
            Assert.EndsWith("\nclosed\n", (await server.EndAsync()).Expect().Output, StringComparison.Ordinal);
        }
    }

    private static ChildProcess Serve(RedisProcess redis) => ChildProcess.StartProject("Samples.SignalRChat", $"serve --urls http://127.0.0.1:0 --redis {redis.Address}");

    private static async Task<string> UrlAsync(ChildProcess server) => (await server.LineAsync("listening on ")).Split(' ')[^1];
}
