using Eventlet.Tests.GreenThreads;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Synchronization;

public abstract class GreenSemaphoreTests<THub> : GreenTests<THub> where THub : IHubFixture
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public void Value_ZeroOrMore_IsTheNumberOfPermits(int value)
    {
        var semaphore = new GreenSemaphore(value);
        for (int i = 0; i < value; i++)
        {
            Assert.True(semaphore.TryAcquire());
        }

        Assert.False(semaphore.TryAcquire());
        Assert.True(semaphore.IsLocked);
        Assert.Throws<ArgumentOutOfRangeException>(() => new GreenSemaphore(-1));
    }

    [Fact]
    public void Waiters_AreServedInTheirOrder_AndNobodyPassesThem() => OnGreen(async () =>
    {
        var semaphore = new GreenSemaphore();
        await semaphore.AcquireAsync();
        var order = new List<string>();
        GreenThread[] waiters = [.. new[] { "a", "b", "c" }.Select(name => GreenThread.Spawn(async () =>
        {
            await semaphore.AcquireAsync();
            order.Add(name);
            semaphore.Release();
        }))];
        await TurnAsync();
        Assert.Equal(-3, semaphore.Balance);
        semaphore.Release();
        Assert.False(semaphore.TryAcquire());
        await semaphore.AcquireAsync();
        order.Add("me");
        Assert.Equal(["a", "b", "c", "me"], order);
        foreach (GreenThread waiter in waiters)
        {
            await waiter;
        }
    });

    [Fact]
    public void TwoThatHoldItAcrossAWait_ShareItEvenly() => OnGreen(async () =>
    {
        var mutex = new GreenSemaphore();
        int[] turns = new int[2];
        async Task WorkAsync(int me)
        {
            while (turns[0] + turns[1] < 100)
            {
                using (await mutex.EnterAsync())
                {
                    turns[me]++;
                    await GreenThread.SleepAsync();
                }
            }
        }

        GreenThread first = GreenThread.Spawn(() => WorkAsync(0));
        GreenThread second = GreenThread.Spawn(() => WorkAsync(1));
        await first;
        await second;
        Assert.InRange(turns[0] - turns[1], -1, 1);
    });

    [Fact]
    public void TimedAcquire_OverInTime_IsFalse_AndLosesNoPermit() => OnClock(async () =>
    {
        var semaphore = new GreenSemaphore(0);
        GreenThread<bool> brief = GreenThread.Spawn(async () => await semaphore.AcquireAsync(Seconds(1)));
        GreenThread<bool> zero = GreenThread.Spawn(async () => await semaphore.AcquireAsync(TimeSpan.Zero));
        GreenThread<bool> patient = GreenThread.Spawn(async () => await semaphore.AcquireAsync(Seconds(10)));
        await TurnAsync();
        await TurnAsync();
        Assert.True(zero.IsDead);
        Assert.False(await zero);
        await AdvanceAsync(1);
        Assert.False(await brief);
        semaphore.Release();
        Assert.True(await patient);
        semaphore.Release();
        Assert.Equal(1, semaphore.Free);
    });

    [Fact]
    public void WaitersThatLeave_GiveTheirTurnToTheNext() => OnGreen(async () =>
    {
        var semaphore = new GreenSemaphore(0);
        using var source = new CancellationTokenSource();
        GreenThread killed = GreenThread.Spawn(async () => await semaphore.AcquireAsync());
        GreenThread cancelled = GreenThread.Spawn(async () => await semaphore.AcquireAsync(source.Token));
        GreenThread left = GreenThread.Spawn(async () => await semaphore.AcquireAsync());
        await TurnAsync();
        killed.Kill();
        await source.CancelAsync();
        await TurnAsync();
        semaphore.Release();
        await left;
        Assert.Equal(0, semaphore.Free);
        await killed;
        Assert.IsType<OperationCanceledException>(await ErrorOf(cancelled));
    });

    [Fact]
    public void Scope_ReleasesItsPermit_AlsoWhenItsBodyFails() => OnGreen(async () =>
    {
        var mutex = new GreenLock();
        await Assert.ThrowsAsync<FormatException>(async () =>
        {
            using (await mutex.EnterAsync())
            {
                Assert.True(mutex.IsLocked);
                throw new FormatException();
            }
        });
        Assert.False(mutex.IsLocked);
        await mutex.AcquireAsync();
        GreenThread second = GreenThread.Spawn(async () =>
        {
            using (await mutex.EnterAsync())
            {
                Assert.True(mutex.IsLocked);
            }
        });
        await TurnAsync();
        mutex.Release();
        await second;
        Assert.False(mutex.IsLocked);
    });

    [Fact]
    public void Release_BeyondTheBound_IsRefused()
    {
        var bounded = new BoundedGreenSemaphore(2);
        Assert.True(bounded.TryAcquire());
        bounded.Release();
        Assert.Throws<SemaphoreFullException>(bounded.Release);
        Assert.Throws<SynchronizationLockException>(new GreenLock().Release);
        new GreenSemaphore().Release();
        Assert.True(bounded.IsBounded);
    }

    [Fact]
    public void Capped_WaitsAtBothEnds() => OnGreen(async () =>
    {
        var capped = new CappedGreenSemaphore(2, limit: 3);
        await capped.AcquireAsync();
        await capped.AcquireAsync();
        GreenThread releaser = GreenThread.Spawn(async () => await capped.ReleaseAsync());
        await capped.AcquireAsync();
        Assert.Equal(-3, capped.Balance);
        await capped.ReleaseAsync();
        await capped.ReleaseAsync();
        await capped.ReleaseAsync();
        Assert.False(capped.TryRelease());
        GreenThread acquirer = GreenThread.Spawn(async () => await capped.AcquireAsync());
        await capped.ReleaseAsync();
        Assert.Equal(3, capped.Balance);
        await releaser;
        await acquirer;
        Assert.Throws<ArgumentOutOfRangeException>(() => new CappedGreenSemaphore(4, 3));
    });

    [Fact]
    public void Capped_WithALimitOfZero_AcquireAndReleaseMeet() => OnGreen(async () =>
    {
        var capped = new CappedGreenSemaphore(0, 0);
        GreenThread acquirer = GreenThread.Spawn(async () => await capped.AcquireAsync());
        await TurnAsync();
        Assert.False(acquirer.IsDead);
        await capped.ReleaseAsync();
        await acquirer;
        GreenThread releaser = GreenThread.Spawn(async () => await capped.ReleaseAsync());
        await TurnAsync();
        Assert.True(capped.TryAcquire());
        await releaser;
    });

    [Fact]
    public void OneThatNeverWaits_LetsTheOthersRun() => OnGreen(async () =>
    {
        var semaphore = new GreenSemaphore();
        bool stop = false;
        GreenThread other = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            stop = true;
        });
        while (!stop)
        {
            await semaphore.AcquireAsync();
            semaphore.Release();
        }

        await other;
    });

    [Fact]
    public void Acquire_InMain_BlocksUntilAGreenthreadReleases() => OnMain(() =>
    {
        var semaphore = new GreenSemaphore(0);
        GreenThread releaser = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            Assert.Throws<InvalidOperationException>(semaphore.Acquire);
            semaphore.Release();
        });
        semaphore.Acquire();
        Assert.False(semaphore.Acquire(TimeSpan.Zero));
        releaser.Wait();
    });
}

public sealed class GreenSemaphoreOnEpoll : GreenSemaphoreTests<EpollHub>;
public sealed class GreenSemaphoreOnPoll : GreenSemaphoreTests<PollHub>;
public sealed class GreenSemaphoreOnSelect : GreenSemaphoreTests<SelectHub>;
