using System.Diagnostics;
using Eventlet.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.Load;

/// <summary>Very many greenthreads asleep at once, each with a deadline of its own: all end, in order of deadline.</summary>
public abstract class ManySleepersTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int LongLimit = 600_000;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [Fact]
    public void HundredThousandSleepers_OnAClockMovedByHand_EndWhenDue_InOrderOfDeadline()
    {
        const int Count = 100_000, Steps = 50;
        var clock = new FakeTimeProvider();
        OnHubWith(clock, async hub =>
        {
            // Whole milliseconds for every other one: of equal deadlines the first spawned ends first.
            var random = new Random(1);
            TimeSpan[] delays = [.. Enumerable.Range(0, Count).Select(i => i % 2 == 0 ? TimeSpan.FromMilliseconds(random.Next(10_000)) : random.NextDouble() * Longest)];
            var ended = new List<int>(Count);
            Spawn(delays, ended.Add);
            await UntilAsync(() => hub.Statistics.Timers == Count - ended.Count && hub.Statistics.Ready == 0);
            int[] expected = [.. Enumerable.Range(0, Count).OrderBy(i => delays[i])];
            TimeSpan now = TimeSpan.Zero;
            for (int step = 0; step <= Steps; step++)
            {
                int due = delays.Count(delay => delay <= now);
                await UntilAsync(() => ended.Count >= due);
                await Turns.PassAsync();
                Assert.Equal(due, ended.Count);
                clock.Advance(Longest / Steps);
                now += Longest / Steps;
            }

            Assert.True(expected.AsSpan().SequenceEqual(ended.ToArray()));
            Assert.Equal(0, hub.Statistics.Timers);
        });
    }

    [Fact(Explicit = true, Timeout = LongLimit)]
    public void MillionSleepers_WithinTenSeconds_EndInOrderOfDeadline() => OnHubWith(TimeProvider.System, async hub =>
    {
        const int Count = 1_000_000;
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        var random = new Random(1);
        TimeSpan[] delays = [.. Enumerable.Range(0, Count).Select(_ => random.NextDouble() * Longest)];
        var sleepers = new Sleepers(Count);
        long before = Measured.Memory();
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < Count; i++)
        {
            int number = i;
            GreenThread.SpawnN(() => sleepers.SleepAsync(number, delays[number]));
        }

        await GreenThread.SleepAsync();
        await UntilAsync(() => sleepers.Begun == Count);
        TimeSpan begun = clock.Elapsed;
        (int awake, long memory) = (sleepers.Ended, Measured.Memory() - before);
        await UntilAsync(() => sleepers.Ended == Count, TimeSpan.FromMilliseconds(50));
        sleepers.Check(Count);
        Assert.Equal(0, hub.Statistics.Timers);
        Measured.Say($"{THub.HubName}: {Count} greenthreads begun in {begun.TotalSeconds:0.00} s ({begun.TotalNanoseconds / Count:0} ns each), {(double)memory / (Count - awake):0} bytes each while "
            + $"{Count - awake} sleep, all over after {clock.Elapsed.TotalSeconds:0.00} s, {sleepers.MostBehind.TotalMilliseconds:0.0} ms behind its deadline the last");
    }, TimeSpan.FromMilliseconds(LongLimit));

    private static void Spawn(TimeSpan[] delays, Action<int> ended)
    {
        for (int i = 0; i < delays.Length; i++)
        {
            int number = i;
            GreenThread.SpawnN(async () =>
            {
                await GreenThread.SleepAsync(delays[number]);
                ended(number);
            });
        }
    }

    private static async Task UntilAsync(Func<bool> condition, TimeSpan pause = default)
    {
        while (!condition())
        {
            await GreenThread.SleepAsync(pause);
        }
    }

    private static void OnHubWith(TimeProvider clock, Func<Hub, Task> body, TimeSpan? limit = null) => PlainThread.Run(() =>
    {
        Hubs.UseHub(Hubs.Builtin.Single(factory => factory.Name == THub.HubName), new HubOptions { Clock = clock });
        using Hub hub = Hubs.GetHub();
        hub.Run(() => body(hub));
    }, limit);

    /// <summary>Each deadline is known within two readings of the clock, around the call that fixes it.</summary>
    private sealed class Sleepers(int count)
    {
        private readonly (long Earliest, long Latest)[] _deadlines = new (long, long)[count];
        private readonly List<int> _order = new(count);

        internal int Begun { get; private set; }

        internal int Ended => _order.Count;

        internal TimeSpan MostBehind { get; private set; }

        internal async Task SleepAsync(int number, TimeSpan delay)
        {
            long start = Stopwatch.GetTimestamp();
            ValueTask sleep = GreenThread.SleepAsync(delay);
            long ticks = (long)(delay.TotalSeconds * Stopwatch.Frequency);
            _deadlines[number] = (start + ticks - 1, Stopwatch.GetTimestamp() + ticks + 1);
            Begun++;
            await sleep;
            _order.Add(number);
            TimeSpan behind = Stopwatch.GetElapsedTime(_deadlines[number].Latest);
            MostBehind = behind > MostBehind ? behind : MostBehind;
        }

        internal void Check(int count)
        {
            Assert.Equal(count, _order.Count);
            long latestSoFar = 0;
            foreach (int number in _order)
            {
                Assert.True(_deadlines[number].Latest >= latestSoFar, $"greenthread {number} ended after one whose deadline was later");
                latestSoFar = Math.Max(latestSoFar, _deadlines[number].Earliest);
            }
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class ManySleepersOnEpoll : ManySleepersTests<EpollHub>;

/// <summary>On epoll.</summary>
public sealed class ManySleepersOnIoUring : ManySleepersTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class ManySleepersOnPoll : ManySleepersTests<PollHub>;

/// <summary>On select.</summary>
public sealed class ManySleepersOnSelect : ManySleepersTests<SelectHub>;
