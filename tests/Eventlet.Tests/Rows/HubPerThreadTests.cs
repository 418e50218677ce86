using System.Net;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H13: hubs are thread-local; UseHub works on the current thread only.</summary>
public sealed class H13_HubsAreThreadLocalTests
{
    [Fact]
    public void NewThread_StartsFromTheDefault_NotFromItsCreatorsChoice() => PlainThread.Run(() =>
    {
        string unchosen = PlainThread.Run(() => Hubs.GetHub().Name);
        string other = unchosen == "select" ? "poll" : "select";
        Hubs.UseHub(other);
        using Hub hub = Hubs.GetHub();
        Assert.Equal(unchosen, PlainThread.Run(() => Hubs.GetHub().Name));
        Assert.NotSame(hub, PlainThread.Run(Hubs.GetHub));
        Assert.Equal(other, hub.Name);
    });

    [Fact]
    public void TwoThreads_TwoHubsOfDifferentKinds_RunAtOnceAndShareNothing()
    {
        using var both = new Barrier(2);
        (Hub, int)[] ran = [.. new[] { "epoll", "poll" }.Select(name => PlainThread.Start(() =>
        {
            Hubs.UseHub(name);
            using Hub hub = Hubs.GetHub();
            Assert.Equal(name, hub.Name);
            return hub.Run(async () =>
            {
                // Both are inside MAINLOOP at once.
                both.SignalAndWait();
                int steps = 0;
                GreenThread[] greens = [.. Enumerable.Range(0, 100).Select(_ => GreenThread.Spawn(async () =>
                {
                    for (int i = 0; i < 100; i++)
                    {
                        await GreenThread.SleepAsync();
                        Assert.Same(hub, Hubs.GetHub());
                        Assert.True(hub.IsCurrent);
                        steps++;
                    }
                }))];
                foreach (GreenThread green in greens)
                {
                    await green;
                }

                both.SignalAndWait();
                return (hub, steps);
            });
        })).ToArray().Select(thread => thread.Join())];
        Assert.Equal([10_000, 10_000], ran.Select(r => r.Item2));
        Assert.NotSame(ran[0].Item1, ran[1].Item1);
    }

    [Fact]
    public void GreenThread_WaitsForAGreenThreadOfAnotherHub() => PlainThread.Run(() =>
    {
        using Hub there = Hub.Start("poll");
        Hubs.UseHub("select");
        using Hub here = Hubs.GetHub();
        here.Run(async () =>
        {
            GreenThread<int> other = there.Spawn(async () =>
            {
                Assert.Same(there, Hubs.GetHub());
                await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
                return 7;
            });
            Assert.Equal(7, await other);
            Assert.True(here.IsCurrent);
            await Assert.ThrowsAsync<FormatException>(async () => await there.Spawn(() => Task.FromException(new FormatException())));
            Assert.True(here.IsCurrent);
        });
    });
}

/// <summary>H14: one special hub on the main thread and the default elsewhere: a hybrid program.</summary>
public abstract class H14_HybridProgramTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void SpecialHubOnOneThread_DefaultOnOthers_TalkOverTcp() => OnOwner(() =>
    {
        const int Clients = 50;
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        IPEndPoint at = (IPEndPoint)listener.LocalEndPoint!;
        var clients = PlainThread.Start(() =>
        {
            using Hub hub = Hubs.GetHub();
            Assert.Equal(Environment.GetEnvironmentVariable(Hubs.EnvironmentVariable) ?? Hubs.GetDefaultHub().Name, hub.Name);
            return hub.Run(async () =>
            {
                GreenThread<int>[] all = [.. Enumerable.Range(0, Clients).Select(i => GreenThread.Spawn(() => TalkAsync(at, i)))];
                int sum = 0;
                foreach (GreenThread<int> one in all)
                {
                    sum += await one;
                }

                return sum;
            });
        });
        Hubs.GetHub().Run(async () =>
        {
            var serving = new List<GreenThread>();
            for (int i = 0; i < Clients; i++)
            {
                GreenSocket connection = await listener.AcceptAsync();
                serving.Add(GreenThread.Spawn(() => EchoAsync(connection)));
            }

            foreach (GreenThread one in serving)
            {
                await one;
            }
        });
        Assert.Equal(THub.HubName, Hubs.GetHub().Name);
        Assert.Equal(Enumerable.Range(0, Clients).Sum(), clients.Join());
    });

    private static async Task<int> TalkAsync(IPEndPoint at, int number)
    {
        using GreenSocket socket = await GreenNet.ConnectAsync(at);
        await socket.SendAllAsync(BitConverter.GetBytes(number));
        byte[] buffer = new byte[4];
        for (int have = 0; have < 4;)
        {
            int more = await socket.ReceiveAsync(buffer.AsMemory(have));
            Assert.NotEqual(0, more);
            have += more;
        }

        return BitConverter.ToInt32(buffer);
    }

    private static async Task EchoAsync(GreenSocket connection)
    {
        using (connection)
        {
            byte[] buffer = new byte[16];
            while (await connection.ReceiveAsync(buffer) is > 0 and int count)
            {
                await connection.SendAllAsync(buffer.AsMemory(0, count));
            }
        }
    }
}

/// <summary>epoll and the default.</summary>
public sealed class H14_HybridProgramOnEpoll : H14_HybridProgramTests<EpollHub>;

/// <summary>io_uring and the default.</summary>
public sealed class H14_HybridProgramOnIoUring : H14_HybridProgramTests<IoUringHub>;

/// <summary>poll and the default.</summary>
public sealed class H14_HybridProgramOnPoll : H14_HybridProgramTests<PollHub>;

/// <summary>select and the default.</summary>
public sealed class H14_HybridProgramOnSelect : H14_HybridProgramTests<SelectHub>;

/// <summary>H20: the current hub is a singleton.</summary>
public sealed class H20_GetHubIsASingletonTests
{
    [Fact]
    public void GetHub_OnOneThread_IsTheSameUntilUseHub() => PlainThread.Run(() =>
    {
        Hub hub = Hubs.GetHub();
        Assert.Same(hub, Hubs.GetHub());
        GreenThread.Sleep();
        Assert.Same(hub, Hubs.GetHub());
        Assert.Same(hub, hub.Run(() => Task.FromResult(Hubs.GetHub())));
        Hubs.UseHub(hub.Name);
        Assert.NotSame(hub, Hubs.GetHub());
        Assert.Same(Hubs.GetHub(), Hubs.GetHub());
    });

    [Fact]
    public void GetHub_AfterDispose_MakesANewOneOfTheSameChoice() => PlainThread.Run(() =>
    {
        Hubs.UseHub("select");
        Hub hub = Hubs.GetHub();
        GreenThread.Sleep();
        hub.Dispose();
        using Hub next = Hubs.GetHub();
        Assert.NotSame(hub, next);
        Assert.Equal("select", next.Name);
        GreenThread.Sleep();
    });

    [Fact]
    public void GetHub_InsideMainloop_IsTheRunningHub_WhoeverOwnsTheThread() => PlainThread.Run(() =>
    {
        using Hub started = Hub.Start();
        Assert.NotSame(started, Hubs.GetHub());
        Hub? seen = null, inCallback = null;
        started.InvokeAsync(() =>
        {
            seen = Hubs.GetHub();
            Assert.Same(started, GreenThread.Spawn(() => Task.CompletedTask).Hub);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
        using var posted = new ManualResetEventSlim();
        started.Post(() =>
        {
            inCallback = Hubs.GetHub();
            posted.Set();
        });
        posted.Wait();
        Assert.Same(started, seen);
        Assert.Same(started, inCallback);
    });
}
