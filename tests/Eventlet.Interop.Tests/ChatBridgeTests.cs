using Eventlet.Tests.Interop.Servers;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Interop;

/// <summary>The sample ChatBridge: two processes with one room between them.</summary>
public sealed class ChatBridgeTests(RedisServer redis) : IClassFixture<RedisServer>
{
    [Theory]
    [InlineData("epoll")]
    [InlineData("io_uring")]
    public async Task Room_OfTwoProcesses_IsOne(string hub)
    {
        RequiredHubs.SkipUnlessAvailable(Hubs.Builtin.Single(one => one.Name == hub));
        var environment = new Dictionary<string, string?> { ["EVENTLET_HUB"] = hub };
        using ChildProcess here = ChildProcess.StartProject("Samples.ChatBridge", $"{redis.EndPoint}", environment);
        using ChildProcess there = ChildProcess.StartProject("Samples.ChatBridge", $"{redis.EndPoint}", environment);
        using TestClient ada = await TestClient.ConnectAsync(here);
        using (TestClient bob = await TestClient.ConnectAsync(there))
        {
            // Nobody has missed anything once he hears himself.
            await bob.WriteLineAsync("Bob is here");
            Assert.Equal("Bob is here", await bob.ReadLineAsync());
            for (int i = 0; i < 100; i++)
            {
                await ada.WriteLineAsync($"Ada: {i}");
            }

            for (int i = 0; i < 100; i++)
            {
                Assert.Equal($"Ada: {i}", await bob.ReadLineAsync());
            }
        }

        foreach (ChildProcess program in new[] { here, there })
        {
            await program.SignalAsync("INT");
            ChildResult result = (await program.EndAsync()).Expect();
            Assert.Empty(result.Error);
            Assert.EndsWith("\nclosed\n", result.Output, StringComparison.Ordinal);
        }
    }
}
