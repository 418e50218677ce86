using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H2: an async method becomes a greenthread by Spawn; it can be waited for, linked to, timed out and killed. Its corners: GreenThreads/.</summary>
public abstract class H02_CoroutinesBecomeGreenthreadsTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Fact]
    public void AsyncMethod_Spawned_IsWaitedForLinkedToTimedOutAndKilled() => OnMain(() =>
    {
        List<string> log = [];
        GreenThread<int> worker = GreenThread.Spawn(() => WorkAsync(7));
        worker.Link(ended => log.Add($"linked: dead {ended.IsDead}"));
        Assert.Equal(49, worker.Wait());

        GreenThread limited = GreenThread.Spawn(async () =>
        {
            using var limit = new GreenTimeout(TimeSpan.FromMilliseconds(1));
            try
            {
                await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            }
            catch (GreenTimeoutException error) when (limit.Caught(error))
            {
                log.Add("timed out");
            }
        });
        limited.Wait();

        GreenThread killed = GreenThread.Spawn(async () =>
        {
            try
            {
                await GreenThread.SleepAsync(Timeout.InfiniteTimeSpan);
            }
            finally
            {
                log.Add("cleaned up");
            }
        });
        GreenThread.Sleep();
        killed.Kill();
        killed.Wait();
        Assert.True(killed.WasKilled);
        Assert.Equal(["linked: dead True", "timed out", "cleaned up"], log);

        static async Task<int> WorkAsync(int number)
        {
            await GreenThread.SleepAsync();
            return number * number;
        }
    });

    [Fact]
    public void ThousandsOfThem_ShareState_WithoutLocks_OnOneThread() => OnMain(() =>
    {
        const int Count = 2_000;
        int counter = 0;
        HashSet<int> threads = [];
        GreenThread[] greens = [.. Enumerable.Range(0, Count).Select(_ => GreenThread.Spawn(async () =>
        {
            for (int i = 0; i < 5; i++)
            {
                int seen = counter;
                threads.Add(Environment.CurrentManagedThreadId);
                counter = seen + 1;
                await GreenThread.SleepAsync();
            }
        }))];
        foreach (GreenThread green in greens)
        {
            green.Wait();
        }

        Assert.Equal(5 * Count, counter);
        Assert.Equal([Environment.CurrentManagedThreadId], threads);
    });

    [Fact]
    public void Library_ThatKnowsNothingOfHubs_WorksInsideOne() => OnGreen(async () =>
    {
        GreenThread me = GreenThread.Current!;
        using var gate = new SemaphoreSlim(0);
        var channel = System.Threading.Channels.Channel.CreateUnbounded<int>();
        GreenThread producer = GreenThread.Spawn(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                await channel.Writer.WriteAsync(i);
                await GreenThread.SleepAsync();
            }

            channel.Writer.Complete();
            gate.Release();
        });
        List<int> read = [];
        await foreach (int item in channel.Reader.ReadAllAsync())
        {
            read.Add(item);
            Assert.Same(me, GreenThread.Current);
        }

        await gate.WaitAsync();
        Assert.Same(me, GreenThread.Current);
        await producer;
        Assert.Equal(Enumerable.Range(0, 10), read);
    });
}

public sealed class H02_OnEpoll : H02_CoroutinesBecomeGreenthreadsTests<EpollHub>;
public sealed class H02_OnIoUring : H02_CoroutinesBecomeGreenthreadsTests<IoUringHub>;
public sealed class H02_OnPoll : H02_CoroutinesBecomeGreenthreadsTests<PollHub>;
public sealed class H02_OnSelect : H02_CoroutinesBecomeGreenthreadsTests<SelectHub>;
