using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Groups;

/// <summary>Several hubs as one: where work goes, how it is served, how it ends.</summary>
public abstract class HubGroupTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public async Task Greenthreads_AreSpreadOverTheHubs_AndStayWhereTheyAre()
    {
        await using HubGroup group = Group(3);
        var held = new TaskCompletionSource();
        GreenThread<int>[] spread = [.. Enumerable.Range(0, 30).Select(_ => group.Spawn(async () =>
        {
            int thread = Environment.CurrentManagedThreadId;
            await held.Task;
            await GreenThread.SleepAsync();
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            return thread;
        }))];
        Assert.All(spread.CountBy(green => green.Hub), hub => Assert.Equal(10, hub.Value));
        held.SetResult();
        int[] threads = await Task.WhenAll(spread.Select(green => green.AsTask()));
        Assert.Equal(3, threads.Distinct().Count());
    }

    [Fact]
    public async Task LeastBusy_IsTheHubWithTheFewestGreenthreads()
    {
        await using HubGroup group = Group(3);
        foreach (Hub busy in (Hub[])[group.Hubs[0], group.Hubs[2]])
        {
            _ = busy.Spawn(() => GreenThread.SleepAsync(Timeout.InfiniteTimeSpan).AsTask());
        }

        Assert.All(Enumerable.Range(0, 6), _ => Assert.Same(group.Hubs[1], group.LeastBusy));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Listener_OfAGroup_IsServedByAllHubs(bool oneAcceptor)
    {
        await using HubGroup group = Group(2);
        using var listener = new GroupListener(group, new IPEndPoint(IPAddress.Loopback, 0), oneAcceptor: oneAcceptor);
        var source = new CancellationTokenSource();
        Task serving = listener.ServeAsync(EchoHubAsync, new ServeOptions { Drain = Timeout.InfiniteTimeSpan }, source.Token);
        var answers = new List<byte>();
        var clients = new List<Socket>();

        // By the hash of the addresses all might go to one hub, but not for ever.
        while (clients.Count < 20 || (answers.Distinct().Count() < 2 && clients.Count < 500))
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            clients.Add(client);
            client.Connect(listener.LocalEndPoint);
            client.Send([1]);
            byte[] answer = new byte[1];
            Assert.Equal(1, client.Receive(answer));
            answers.Add(answer[0]);
        }

        Assert.Equal(2, answers.Distinct().Count());
        if (oneAcceptor)
        {
            // One after the other, and all still there: spread by load. The acceptor is a greenthread too, with the one that ended it.
            Assert.InRange(answers.Count(answer => answer == answers[0]), 8, 12);
        }

        clients.ForEach(client => client.Dispose());
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving)).CancellationToken);
        Assert.All(group.Hubs, hub => Assert.InRange(hub.Statistics.GreenThreads, 0, 1));

        async Task EchoHubAsync(GreenSocket connection)
        {
            byte[] buffer = new byte[1];
            while (await connection.ReceiveAsync(buffer) > 0)
            {
                buffer[0] = (byte)group.Hubs.Index().First(hub => hub.Item.IsCurrent).Index;
                await connection.SendAllAsync(buffer);
            }
        }
    }

    [Fact]
    public async Task StopServe_OnOneHub_EndsTheServersOfAll_Normally()
    {
        await using HubGroup group = Group(2);
        using var listener = new GroupListener(group, new IPEndPoint(IPAddress.Loopback, 0));
        Task serving = listener.ServeAsync(static _ => throw new StopServe());
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint, TestContext.Current.CancellationToken);
        await serving;
    }

    [Fact]
    public async Task Error_OfAHandlerOnOneHub_EndsTheServersOfAll_WithIt()
    {
        await using HubGroup group = Group(2);
        using var listener = new GroupListener(group, new IPEndPoint(IPAddress.Loopback, 0));
        Task serving = listener.ServeAsync(static _ => throw new InvalidOperationException("of the handler"));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint, TestContext.Current.CancellationToken);
        Assert.Equal("of the handler", (await Assert.ThrowsAsync<InvalidOperationException>(() => serving)).Message);
    }

    [Fact]
    public async Task UnixListener_OfAGroup_HasOneAcceptor_AndAllHubsServe()
    {
        await using HubGroup group = Group(2);
        string path = Path.Combine(Path.GetTempPath(), $"eventlet-{Guid.NewGuid():N}");
        try
        {
            using var listener = new GroupListener(group, new UnixDomainSocketEndPoint(path));
            var hubs = new System.Collections.Concurrent.ConcurrentBag<Hub>();
            using var source = new CancellationTokenSource();
            Task serving = listener.ServeAsync(
                async connection =>
                {
                    hubs.Add(group.Hubs.First(hub => hub.IsCurrent));
                    await connection.SendAllAsync(new byte[1]);
                    await connection.ReceiveAsync(new byte[1]);
                },
                cancellationToken: source.Token);
            Socket[] clients = [.. Enumerable.Range(0, 6).Select(static _ => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))];
            foreach (Socket client in clients)
            {
                client.Connect(new UnixDomainSocketEndPoint(path));
                Assert.Equal(1, client.Receive(new byte[1]));
            }

            Assert.Equal(2, hubs.Distinct().Count());
            Array.ForEach(clients, static client => client.Dispose());
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task PinnedThreads_RunOnTheProcessorThatTheyAreGiven()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads are bound to processors on Linux only");
        await using var group = new HubGroup(new HubGroupOptions { Count = 2, Hub = THub.HubName, PinThreads = true });
        int[] allowed = Eventlet.Groups.Affinity.Allowed();
        foreach ((int index, Hub hub) in group.Hubs.Index())
        {
            Assert.Equal([allowed[index % allowed.Length]], await hub.InvokeAsync(() => Task.FromResult(Eventlet.Groups.Affinity.Allowed())));
        }
    }

    [Fact]
    public async Task DisposedGroup_HasEndedItsGreenthreads_AndTakesNoMore()
    {
        HubGroup group = Group(2);
        GreenThread[] waiting = [.. Enumerable.Range(0, 4).Select(_ => group.Spawn(() => GreenThread.SleepAsync(Timeout.InfiniteTimeSpan).AsTask()))];
        await group.DisposeAsync();
        Assert.All(waiting, green => Assert.True(green.WasKilled));
        Assert.Throws<HubException>(() => { group.Spawn(() => Task.CompletedTask); });
        await group.DisposeAsync();
        group.Dispose();
    }

    [Fact]
    public void Group_WhoseHubCannotBeHad_StartsNone()
    {
        Assert.Throws<HubException>(() => new HubGroup(new HubGroupOptions { Count = 2, Hub = "none-such" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HubGroupOptions { Count = 0 });
    }

    private static HubGroup Group(int count) => new(new HubGroupOptions { Count = count, Hub = THub.HubName });
}

public sealed class HubGroupOnEpoll : HubGroupTests<EpollHub>;

public sealed class HubGroupOnPoll : HubGroupTests<PollHub>;

public sealed class HubGroupOnSelect : HubGroupTests<SelectHub>;
