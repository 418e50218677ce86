using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Interop.Servers;
using Eventlet.Tests.Support;
using StackExchange.Redis;

namespace Eventlet.Tests.Interop;

/// <summary>StackExchange.Redis inside greenthreads, against a real Redis.</summary>
public abstract class RedisTests<THub>(RedisServer server) : GreenTests<THub>, IClassFixture<RedisServer>
    where THub : IHubFixture
{
    private readonly Homecoming _awaits = new();

    [Fact]
    public void Pipelines_OfManyGreenthreadsOnTwoHubs_ComeBackToTheirOwn() => OnGreen(async () =>
    {
        const int Greenthreads = 50;
        const int Rounds = 10;
        const int Depth = 20;
        await using ConnectionMultiplexer redis = await ConnectAsync();
        IDatabase database = redis.GetDatabase();
        using Hub other = StartHub();
        Hub[] hubs = [Hubs.GetHub(), other];
        GreenThread<long>[] all = [.. Enumerable.Range(0, Greenthreads).Select(i => hubs[i % 2].Spawn(async () =>
        {
            string key = $"{THub.HubName}:{i}";
            long expected = 0;
            for (int round = 0; round < Rounds; round++)
            {
                // Sent before any of them is waited for.
                Task<long>[] pipeline = [.. Enumerable.Range(0, Depth).Select(_ => database.StringIncrementAsync(key))];
                foreach (Task<long> reply in pipeline)
                {
                    expected += await _awaits.Of(reply) == expected + 1 ? 1 : 0;
                }
            }

            return expected;
        }))];
        foreach (GreenThread<long> one in all)
        {
            Assert.Equal(Rounds * Depth, await one);
        }

        Assert.Equal((Greenthreads * Rounds * Depth, 0), (_awaits.Count, _awaits.Astray));
    });

    [Fact]
    public void Messages_ReachSubscribersOnEveryHub_InOrder() => OnGreen(async () =>
    {
        const int Messages = 500;
        await using ConnectionMultiplexer redis = await ConnectAsync();
        var channel = RedisChannel.Literal($"{THub.HubName}:messages");
        using Hub other = StartHub();
        using var subscribed = new CountdownEvent(4);
        GreenThread<int>[] all = [.. new[] { Hubs.GetHub(), other, Hubs.GetHub(), other }.Select(hub => hub.Spawn(async () =>
        {
            ChannelMessageQueue queue = await _awaits.Of(redis.GetSubscriber().SubscribeAsync(channel));
            subscribed.Signal();
            int inOrder = 0;
            while (inOrder < Messages && (int)(await _awaits.Of(queue.ReadAsync().AsTask())).Message == inOrder)
            {
                inOrder++;
            }

            await queue.UnsubscribeAsync();
            return inOrder;
        }))];
        await ThreadPoolBridge.ExecuteAsync(() => subscribed.Wait());
        for (int i = 0; i < Messages; i++)
        {
            await redis.GetSubscriber().PublishAsync(channel, i);
        }

        foreach (GreenThread<int> one in all)
        {
            Assert.Equal(Messages, await one);
        }

        Assert.Equal((4 * (Messages + 1), 0), (_awaits.Count, _awaits.Astray));
    });

    [Fact]
    public void Kill_ReachesASubscriber() => OnGreen(async () =>
    {
        await using ConnectionMultiplexer redis = await ConnectAsync();
        bool cleanedUp = false;
        bool waits = false;
        GreenThread subscriber = GreenThread.Spawn(async () =>
        {
            ChannelMessageQueue queue = await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal($"{THub.HubName}:silence"));
            try
            {
                waits = true;
                await queue.ReadAsync(GreenThread.Current!.CancellationToken);
            }
            finally
            {
                await queue.UnsubscribeAsync();
                cleanedUp = GreenThread.Current?.Hub.IsCurrent == true;
            }
        });
        while (!waits)
        {
            await Turns.PassAsync();
        }

        subscriber.Kill();
        await subscriber;
        Assert.True(subscriber.WasKilled);
        Assert.True(cleanedUp);
    });

    [Fact]
    public void TimeoutAndKill_ReachACommandThatIsNotAnswered() => OnGreen(async () =>
    {
        // A connection that has sent a write while these are paused is not read any more: it could not end that.
        await using ConnectionMultiplexer operations = await ConnectAsync();
        await using ConnectionMultiplexer redis = await ConnectAsync();
        IDatabase database = redis.GetDatabase();
        await operations.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "600000", "WRITE");
        Task<bool> write = database.StringSetAsync($"{THub.HubName}:paused", "late");
        try
        {
            await Assert.ThrowsAsync<GreenTimeoutException>(() => GreenTimeout.WithTimeout(Seconds(0.2), token => write.WaitAsync(token)));
            GreenThread waiter = GreenThread.Spawn(() => write.WaitAsync(GreenThread.Current!.CancellationToken));
            await Turns.PassAsync();
            Assert.False(waiter.IsDead);
            waiter.Kill();
            await Assert.ThrowsAsync<GreenletExit>(() => waiter.AsTask());
            Assert.False(write.IsCompleted);
        }
        finally
        {
            await operations.GetDatabase().ExecuteAsync("CLIENT", "UNPAUSE");
        }

        // Who gave up waiting has not withdrawn the command.
        Assert.True(await write);
        Assert.Equal("late", (string?)await database.StringGetAsync($"{THub.HubName}:paused"));
    });

    private Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
    {
        EndPoints = { server.EndPoint },
        AllowAdmin = true,
        AsyncTimeout = 30_000,
        ConnectTimeout = 30_000,
    });
}

public sealed class RedisOnEpoll(RedisServer server) : RedisTests<EpollHub>(server);

public sealed class RedisOnIoUring(RedisServer server) : RedisTests<IoUringHub>(server);
