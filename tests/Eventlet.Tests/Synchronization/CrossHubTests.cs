using System.Collections.Concurrent;
using Eventlet.Synchronization;
using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Synchronization;

/// <summary>Objects of synchronization between hubs, plain threads and async code outside: nothing is lost, doubled or left waiting.</summary>
public abstract class CrossHubTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    protected override void Dispose(bool disposing)
    {
        PoolHub.Drop();
        base.Dispose(disposing);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    [InlineData(0)]
    public void Queue_BetweenTwoHubsAThreadAndThePool_DeliversEachItemOnce(int? maxSize) => OnMain(() =>
    {
        const int PerProducer = 400;
        using Hub first = StartHub();
        using Hub second = StartHub();
        var queue = new GreenQueue<int>(maxSize);
        var taken = new ConcurrentQueue<int>();
        async Task ProduceAsync(int from)
        {
            for (int i = 0; i < PerProducer; i++)
            {
                await queue.PutAsync(from + i);
            }
        }

        async Task ConsumeAsync()
        {
            await foreach (int item in queue)
            {
                taken.Enqueue(item);
            }
        }

        Task[] consumers = [first.InvokeAsync(ConsumeAsync), second.InvokeAsync(ConsumeAsync), Task.Run(ConsumeAsync)];
        Task[] producers = [first.InvokeAsync(() => ProduceAsync(0)), second.InvokeAsync(() => ProduceAsync(PerProducer)), Task.Run(() => ProduceAsync(2 * PerProducer))];
        for (int i = 0; i < PerProducer; i++)
        {
            queue.Put(3 * PerProducer + i);
        }

        Task.WaitAll(producers);
        queue.Close();
        Task.WaitAll(consumers);
        Assert.Equal(Enumerable.Range(0, 4 * PerProducer), taken.Order());
    });

    [Fact]
    public void Getters_KilledTimedOutAndCancelledAtAnyMoment_LoseNoItem() => OnMain(() =>
    {
        const int Items = 2_000;
        using Hub getting = StartHub();
        var queue = new GreenQueue<int>();
        var taken = new ConcurrentQueue<int>();
        int puts = 0;
        Task getters = getting.InvokeAsync(async () =>
        {
            var random = new Random(1);
            while (taken.Count < Items)
            {
                using var source = new CancellationTokenSource();
                GreenThread green = GreenThread.Spawn(async () =>
                {
                    using var scope = random.Next(3) == 0 ? new GreenTimeout(TimeSpan.FromTicks(random.Next(300))) : null;
                    taken.Enqueue(random.Next(2) == 0
                        ? await queue.GetAsync(TimeSpan.FromTicks(random.Next(300)), source.Token)
                        : await queue.GetAsync(source.Token));
                });
                for (int i = random.Next(3); i > 0; i--)
                {
                    await GreenThread.SleepAsync();
                }

                if (random.Next(2) == 0)
                {
                    green.Kill();
                }
                else
                {
                    await source.CancelAsync();
                }

                await ErrorOf(green);
            }
        });
        while (puts < Items)
        {
            // Only while somebody waits: what matters is the hand-over.
            SpinWait.SpinUntil(() => queue.Getting > 0 || getters.IsCompleted);
            queue.TryPut(puts++);
        }

        getters.Wait();
        Assert.Equal(Enumerable.Range(0, Items), taken);
    });

    [Fact]
    public void Mutex_OfSeveralHubs_IsHeldByOneAtATime() => OnMain(() =>
    {
        const int Rounds = 300;
        Hub[] hubs = [StartHub(), StartHub(), StartHub()];
        var mutex = new GreenLock();
        int inside = 0, entered = 0;
        async Task WorkAsync()
        {
            for (int i = 0; i < Rounds; i++)
            {
                using (await mutex.EnterAsync())
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    entered++;
                    if (i % 10 == 0)
                    {
                        await GreenThread.SleepAsync();
                    }

                    Interlocked.Decrement(ref inside);
                }
            }
        }

        Task.WaitAll([.. hubs.SelectMany(hub => new[] { hub.InvokeAsync(WorkAsync), hub.InvokeAsync(WorkAsync) })]);
        Assert.Equal(6 * Rounds, entered);
        Assert.Equal(1, mutex.Free);
        foreach (Hub hub in hubs)
        {
            hub.Dispose();
        }
    });

    [Fact]
    public void Gate_WhenASecondThreadComes_NeverLetsTwoIn() => OnMain(() =>
    {
        const int Rounds = 300;
        using Hub hub = StartHub();
        for (int round = 0; round < Rounds; round++)
        {
            // The count is changed without any fence of its own: only the gate keeps it right.
            var semaphore = new GreenSemaphore(0);
            bool stop = false;
            int released = 0;
            Task home = hub.InvokeAsync(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    semaphore.Release();
                    Volatile.Write(ref released, released + 1);
                }

                return Task.CompletedTask;
            });
            SpinWait.SpinUntil(() => Volatile.Read(ref released) > 0);
            for (int i = 0; i < 100; i++)
            {
                semaphore.Release();
            }

            Volatile.Write(ref stop, true);
            home.Wait();
            Assert.Equal(released + 100, semaphore.Free);
        }
    });

    [Fact]
    public void Gate_InWhichItsHubIs_KeepsTheFirstOtherThreadOut() => OnMain(() =>
    {
        using Hub hub = StartHub();
        var guarded = new Guarded();
        PlainThread.Started<bool> other = hub.InvokeAsync(() =>
        {
            using Gate.Held held = guarded.Gate.Enter();
            PlainThread.Started<bool> other = PlainThread.Start(() =>
            {
                using Gate.Held also = guarded.Gate.Enter();
                return guarded.IsEntered = true;
            });
            SpinWait.SpinUntil(() => guarded.Gate.IsShared);

            // As long as this is inside; one that did not wait would be in at once.
            Assert.False(SpinWait.SpinUntil(() => guarded.IsEntered, TimeSpan.FromMilliseconds(100)));
            return Task.FromResult(other);
        }).Result;
        Assert.True(other.Join());
    });

    [Theory]
    [InlineData("kill")]
    [InlineData("token")]
    [InlineData("scope")]
    public void ItemOnItsWayToAnotherHub_StaysItsWaiters_WhateverComesThere(string what) => OnMain(() =>
    {
        using Hub hub = StartHub();
        using var source = new CancellationTokenSource();
        using var isBusy = new ManualResetEventSlim();
        using var isPut = new ManualResetEventSlim();
        var queue = new GreenQueue<int>();
        Task<string> seen = hub.InvokeAsync(async () =>
        {
            string seen = "";
            CancelScope? scope = null;
            GreenThread getter = GreenThread.Spawn(async () =>
            {
                using (scope = new CancelScope())
                {
                    seen += await queue.GetAsync(source.Token);
                    Exception? error = await ErrorOf(async () => await GreenThread.SleepAsync(cancellationToken: source.Token));
                    seen += error is OperationCanceledException ? " cancelled" : error is GreenletExit ? " killed" : " went on";
                }
            });
            await TurnAsync();

            // The hub is busy, so the item stays in its inbox, and the interruption comes before it.
            isBusy.Set();
            isPut.Wait();
            switch (what)
            {
                case "kill":
                    getter.Kill();
                    break;
                case "token":
                    source.Cancel();
                    break;
                default:
                    scope!.Cancel();
                    break;
            }

            await ErrorOf(getter);
            return seen;
        });
        isBusy.Wait();
        Assert.True(queue.TryPut(7));
        isPut.Set();
        Assert.Equal(what == "kill" ? "7 killed" : "7 cancelled", seen.Result);
        Assert.True(queue.IsEmpty);
    });

    [Fact]
    public void Event_SentFromAnotherThread_ReachesWaitersOfEveryKind() => OnMain(() =>
    {
        using Hub first = StartHub();
        using Hub second = StartHub();
        var told = new GreenEvent<int>();
        async Task<int> WaitAsync() => await told.WaitAsync();
        Task<int>[] waiters = [first.InvokeAsync(WaitAsync), second.InvokeAsync(WaitAsync), second.InvokeAsync(WaitAsync), Task.Run(WaitAsync)];
        SpinWait.SpinUntil(() => told.Waiting == 4);
        told.Send(6);
        Assert.Equal([6, 6, 6, 6], Task.WhenAll(waiters).Result);
    });

    [Fact]
    public void DroppedHub_GivesTheTurnsOfItsWaitersToTheNext() => OnMain(() =>
    {
        Hub dropped = StartHub();
        using Hub living = StartHub();
        var queue = new GreenQueue<int>();
        dropped.Spawn(async () => await queue.GetAsync());
        dropped.Spawn(async () => await queue.GetAsync());
        SpinWait.SpinUntil(() => queue.Getting == 2);
        Task<int> next = living.InvokeAsync(async () => await queue.GetAsync());
        SpinWait.SpinUntil(() => queue.Getting == 3);
        dropped.Dispose();
        Assert.Equal(1, queue.Getting);
        queue.TryPut(1);
        Assert.Equal(1, next.Result);
        Assert.True(queue.IsEmpty);
    });

    [Fact]
    public void DroppedHub_WithItemsOnTheirWayToIt_GivesThemBackInOrder() => OnMain(() =>
    {
        // A hub of a thread that does not run it now: what is handed to its waiters stays in its inbox.
        var queue = new GreenQueue<int>();
        Hub idle = PlainThread.Run(() =>
        {
            Hubs.UseHub(Factory);
            Hub mine = Hubs.GetHub();
            mine.Run(async () =>
            {
                for (int i = 0; i < 3; i++)
                {
                    GreenThread.SpawnN(async () => await queue.GetAsync());
                }

                await TurnAsync();
            });
            for (int i = 0; i < 5; i++)
            {
                queue.TryPut(i);
            }

            Assert.Equal(2, queue.Count);
            return mine;
        });
        idle.Dispose();
        Assert.Equal(5, queue.Count);
        var left = new List<int>();
        while (queue.TryGet(out int item))
        {
            left.Add(item);
        }

        Assert.Equal([0, 1, 2, 3, 4], left.Order());
        Assert.Equal([3, 4], left[^2..]);
    });

    [Fact]
    public void DroppedHub_WithAFinishedWaitInItsQueue_GivesThePermitBack() => OnMain(() =>
    {
        var semaphore = new GreenSemaphore(0);
        Hub hub = StartHub();
        bool wentOn = false;
        hub.InvokeAsync(async () =>
        {
            GreenThread.SpawnN(async () =>
            {
                await semaphore.AcquireAsync();
                wentOn = true;
            });
            await GreenThread.SleepAsync();
            semaphore.Release();
            hub.Dispose();
        }).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        hub.Dispose();
        Assert.False(wentOn);
        Assert.Equal(1, semaphore.Free);
    });

    private sealed class Guarded
    {
        internal Gate Gate = new();
        internal volatile bool IsEntered;
    }
}

public sealed class CrossHubOnEpoll : CrossHubTests<EpollHub>;
public sealed class CrossHubOnPoll : CrossHubTests<PollHub>;
public sealed class CrossHubOnSelect : CrossHubTests<SelectHub>;
