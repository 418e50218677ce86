using System.Diagnostics;
using Eventlet.Timers;

namespace Eventlet.Tests.Timers;

public class TimerWheelTests
{
    private const long Tick = 1L << 17;
    private const long Day = 24L * 3600 * 1_000_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(123_456_789_012_345)]
    [InlineData(long.MaxValue - (400 * Day))]
    [InlineData(long.MinValue)]
    public void AnyHistory_BehavesAsASortedList(long start)
    {
        int seed = SeedOf(nameof(AnyHistory_BehavesAsASortedList));
        for (int round = 0; round < 40; round++)
        {
            new Model(start, unchecked(seed + round)).Run(2_000);
        }
    }

    [Fact]
    public void EqualDeadlines_FireInOrderOfAdd()
    {
        var wheel = new TimerWheel(0);
        Entry[] entries = [.. Enumerable.Range(0, 100).Select(_ => new Entry(5 * Tick))];
        Array.ForEach(entries, wheel.Add);
        Assert.Equal(entries, Fire(wheel, 5 * Tick));
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64 * 63)]
    [InlineData((64L * 64 * 64 * 17) + 5)]
    public void EqualDeadlines_AddedBeforeAndAfterACascade_FireInOrderOfAdd(long ticks)
    {
        var wheel = new TimerWheel(0);
        var expected = new List<Entry>();
        long deadline = (ticks * Tick) + 7, now = 0;
        for (int i = 0; i < 200; i++)
        {
            var entry = new Entry(deadline);
            expected.Add(entry);
            wheel.Add(entry);
            now += (deadline - now) / 16;
            wheel.Add(new Entry(now));
            Assert.DoesNotContain(Fire(wheel, now), e => e.Deadline == deadline);
        }

        Assert.Empty(Fire(wheel, deadline - 1));
        Assert.Equal(expected, Fire(wheel, deadline));
    }

    [Fact]
    public void Deadline_IsExactToTheNanosecond()
    {
        var wheel = new TimerWheel(0);
        Entry late = new((3 * Tick) + 11), early = new((3 * Tick) + 10);
        wheel.Add(late);
        wheel.Add(early);
        Assert.False(wheel.Advance((3 * Tick) + 9));
        Assert.Equal([early], Fire(wheel, (3 * Tick) + 10));
        Assert.Equal(late.Deadline, wheel.NextDeadline);
        Assert.Equal([late], Fire(wheel, (3 * Tick) + 11));
        Assert.Equal(long.MaxValue, wheel.NextDeadline);
    }

    [Fact]
    public void PastDeadlines_FireInTheNextPass_InOrderOfDeadline()
    {
        var wheel = new TimerWheel(10 * Day);
        Entry now = new(10 * Day), old = new(long.MinValue), older = new(long.MinValue), recent = new((10 * Day) - 1);
        foreach (Entry entry in (Entry[])[now, old, recent, older])
        {
            wheel.Add(entry);
        }

        Assert.Equal(long.MinValue, wheel.NextDeadline);
        Assert.Equal([old, older, recent, now], Fire(wheel, 10 * Day));
    }

    [Fact]
    public void FarDeadlines_FireWhenTheClockJumpsThere_NotBefore()
    {
        var wheel = new TimerWheel(12_345);
        Entry tomorrow = new(Day), century = new(36_525 * Day), never = new(long.MaxValue);
        wheel.Add(never);
        wheel.Add(century);
        wheel.Add(tomorrow);
        Assert.Equal([tomorrow], Fire(wheel, (36_525 * Day) - 1));
        Assert.Equal([century], Fire(wheel, 36_525 * Day));
        Assert.False(wheel.Advance(long.MaxValue - 1));
        Assert.Equal([never], Fire(wheel, long.MaxValue));
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void ClockJump_OfDays_FiresAllInOrder()
    {
        var wheel = new TimerWheel(0);
        var random = new Random(1);
        List<Entry> entries = [.. Enumerable.Range(0, 10_000).Select(_ => new Entry(random.NextInt64(30 * Day)))];
        entries.ForEach(wheel.Add);
        Assert.Equal(entries.OrderBy(e => e.Deadline), Fire(wheel, 400 * Day));
    }

    [Fact]
    public void ClockThatStepsBack_FiresNothingEarly()
    {
        var wheel = new TimerWheel(0);
        Assert.False(wheel.Advance(100 * Tick));
        var entry = new Entry(150 * Tick);
        wheel.Add(entry);
        Assert.False(wheel.Advance(50 * Tick));
        Assert.Equal([entry], Fire(wheel, 150 * Tick));
    }

    [Fact]
    public void Removed_DoesNotFire_AndRemovesOnce()
    {
        var wheel = new TimerWheel(0);
        Entry a = new(10), b = new(10), c = new(10);
        Array.ForEach([a, b, c], wheel.Add);
        Assert.True(wheel.Remove(b));
        Assert.False(wheel.Remove(b));
        Assert.False(b.IsArmed);
        Assert.Equal(2, wheel.Count);
        Assert.Equal([a, c], Fire(wheel, 10));
        Assert.False(wheel.Remove(a));
    }

    [Fact]
    public void Removed_WhileOthersOfTheSamePassRun_DoesNotFire()
    {
        var wheel = new TimerWheel(0);
        Entry[] e = [.. Enumerable.Range(0, 5).Select(i => new Entry(i))];
        Array.ForEach(e, wheel.Add);
        Assert.True(wheel.Advance(100));
        Assert.Same(e[0], wheel.TakeDue());
        Assert.True(wheel.Remove(e[1]));
        Assert.True(wheel.Remove(e[4]));
        Assert.Equal(2, wheel.Count);
        Assert.Same(e[2], wheel.TakeDue());
        Assert.Same(e[3], wheel.TakeDue());
        Assert.Null(wheel.TakeDue());
        Assert.Equal(long.MaxValue, wheel.NextDeadline);
    }

    [Fact]
    public void Added_WhileDueOnesRun_WaitsForTheNextPass()
    {
        var wheel = new TimerWheel(0);
        var first = new Entry(10);
        wheel.Add(first);
        Assert.True(wheel.Advance(20));
        Assert.Same(first, wheel.TakeDue());
        var again = new Entry(5);
        wheel.Add(again);
        wheel.Add(first);
        Assert.Null(wheel.TakeDue());
        Assert.Equal(5, wheel.NextDeadline);
        Assert.Equal([again, first], Fire(wheel, 20));
    }

    [Fact]
    public void PassCutShort_GoesOnBeforeWhatFellDueSince()
    {
        var wheel = new TimerWheel(0);
        Entry a = new(1), b = new(2), c = new(Tick * 9);
        Array.ForEach([a, b, c], wheel.Add);
        wheel.Advance(5);
        Assert.Same(a, wheel.TakeDue());
        Assert.Equal(2, wheel.NextDeadline);
        Assert.Equal([b, c], Fire(wheel, Tick * 9));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(64 * 50)]
    [InlineData(64L * 64 * 64 * 50)]
    public void NextDeadline_AfterRemovalOfTheMinimum_IsEarlyOnce(long ticks)
    {
        var wheel = new TimerWheel(0);
        Entry minimum = new(ticks * Tick), other = new((ticks * Tick) + 999);
        wheel.Add(minimum);
        wheel.Add(other);
        wheel.Remove(minimum);
        Assert.InRange(wheel.NextDeadline, 0, other.Deadline);
        Assert.False(wheel.Advance(wheel.NextDeadline));
        Assert.Equal(other.Deadline, wheel.NextDeadline);
    }

    [Fact]
    public void EarlyPasses_AreNeverMoreThanRemovals()
    {
        var random = new Random(SeedOf(nameof(EarlyPasses_AreNeverMoreThanRemovals)));
        var wheel = new TimerWheel(0);
        long now = 0;
        int removals = 0, early = 0;
        var armed = new List<Entry>();
        for (int i = 0; i < 20_000; i++)
        {
            for (int n = random.Next(4); n > 0; n--)
            {
                armed.Add(new Entry(now + random.NextInt64(1L << random.Next(1, 40))));
                wheel.Add(armed[^1]);
            }

            for (int n = random.Next(3); n > 0 && armed.Count > 0; n--)
            {
                int at = random.Next(armed.Count);
                removals += wheel.Remove(armed[at]) ? 1 : 0;
                armed.RemoveAt(at);
            }

            if (wheel.Count > 0)
            {
                now = Math.Max(now, wheel.NextDeadline);
                early += Fire(wheel, now).Count == 0 ? 1 : 0;
            }
        }

        Assert.InRange(early, 1, removals);
    }

    [Fact]
    public void NothingRemoved_EveryPassAtNextDeadlineFires()
    {
        var random = new Random(SeedOf(nameof(NothingRemoved_EveryPassAtNextDeadlineFires)));
        var wheel = new TimerWheel(0);
        for (int i = 0; i < 50_000; i++)
        {
            wheel.Add(new Entry(random.NextInt64(1L << random.Next(1, 62))));
        }

        while (wheel.Count > 0)
        {
            Assert.NotEmpty(Fire(wheel, wheel.NextDeadline));
        }
    }

    [Fact]
    public void Clear_DisarmsEverything_AlsoWhatIsDue()
    {
        var wheel = new TimerWheel(0);
        Entry[] e = [new(1), new(2), new(500 * Tick), new(900 * Day)];
        Array.ForEach(e, wheel.Add);
        wheel.Advance(2);
        wheel.TakeDue();
        wheel.Clear();
        Assert.Equal(0, wheel.Count);
        Assert.Equal(long.MaxValue, wheel.NextDeadline);
        Assert.False(wheel.Advance(long.MaxValue));
        Assert.All(e, x => Assert.False(x.IsArmed));
    }

    [Fact]
    public void MillionRandomTimers_FireInExactOrder()
    {
        var random = new Random(SeedOf(nameof(MillionRandomTimers_FireInExactOrder)));
        var wheel = new TimerWheel(77);
        for (int i = 0; i < 1_000_000; i++)
        {
            // Few distinct deadlines per tick, so that there are many ties.
            wheel.Add(new Entry(77 + (random.NextInt64(10_000_000_000) / 10_000 * 10_000), i));
        }

        int fired = 0;
        Entry previous = new(long.MinValue, -1);
        for (long now = 77; wheel.Count > 0; now += random.NextInt64(5_000_000))
        {
            for (wheel.Advance(now); wheel.TakeDue() is Entry entry; fired++)
            {
                Assert.True(entry.Deadline <= now);
                Assert.True(entry.Deadline > previous.Deadline || (entry.Deadline == previous.Deadline && entry.Number > previous.Number));
                previous = entry;
            }

            Assert.True(wheel.NextDeadline > now);
        }

        Assert.Equal(1_000_000, fired);
    }

    [Fact]
    public void SteadyState_AllocatesNothing()
    {
        var random = new Random(3);
        var wheel = new TimerWheel(0);
        Entry[] entries = [.. Enumerable.Range(0, 1_000).Select(_ => new Entry(0))];
        long now = 0;
        wheel.Add(new Entry(50 * Day));
        void Turns(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Entry entry = entries[random.Next(entries.Length)];
                if (!wheel.Remove(entry))
                {
                    entry.Deadline = now + random.NextInt64(1L << random.Next(1, 36));
                    wheel.Add(entry);
                }

                now += random.Next(1_000_000);
                for (wheel.Advance(now); wheel.TakeDue() is not null;)
                {
                }
            }
        }

        // The warm-up crosses a border of each level that the deadlines can reach.
        Turns(200_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Turns(100_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static List<Entry> Fire(TimerWheel wheel, long now)
    {
        var fired = new List<Entry>();
        wheel.Advance(now);
        while (wheel.TakeDue() is Entry entry)
        {
            Assert.False(entry.IsArmed);
            fired.Add(entry);
        }

        return fired;
    }

    // EVENTLET_TEST_SEED replays a failed run.
    private static int SeedOf(string test)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED"), out int given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"{test}: EVENTLET_TEST_SEED={seed}");
        return seed;
    }

    // The same operations on a wheel and on a list; Number is the order of Add.
    private sealed class Model(long start, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly TimerWheel _wheel = new(start);
        private readonly List<Entry> _armed = [];
        private long _now = start;
        private int _added;

        internal void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                switch (_random.Next(10))
                {
                    case < 5: Add(); break;
                    case < 7: Remove(); break;
                    default: Pass(); break;
                }

                Assert.True(_armed.Count == _wheel.Count, $"seed {seed}: the count is {_wheel.Count}, not {_armed.Count}");
                long next = _armed.Count == 0 ? long.MaxValue : _armed.Min(e => e.Deadline);
                Assert.True(_wheel.NextDeadline <= next, $"seed {seed}: {_wheel.NextDeadline} is no lower bound of {next}");
                Assert.True(_armed.Count > 0 || _wheel.NextDeadline == long.MaxValue, $"seed {seed}: an empty wheel has a deadline");
            }
        }

        private void Add()
        {
            long span = _random.NextInt64(1L << _random.Next(1, 58));
            var entry = new Entry(_random.Next(8) == 0 ? Plus(_now, -span) : Plus(_now, span), _added++);
            if (_armed.Count > 0 && _random.Next(4) == 0)
            {
                entry.Deadline = _armed[_random.Next(_armed.Count)].Deadline;
            }

            _armed.Add(entry);
            _wheel.Add(entry);
        }

        private void Remove()
        {
            if (_armed.Count > 0)
            {
                Entry entry = _armed[_random.Next(_armed.Count)];
                _armed.Remove(entry);
                Assert.True(_wheel.Remove(entry), $"seed {seed}: {entry} was not armed");
            }
        }

        private void Pass()
        {
            _now = _random.Next(3) == 0
                ? Math.Max(_now, Math.Min(_wheel.NextDeadline, long.MaxValue - (300 * Day)))
                : Plus(_now, _random.NextInt64(1L << _random.Next(1, _random.Next(10) == 0 ? 50 : 30)));
            List<Entry> due = [.. _armed.Where(e => e.Deadline <= _now).OrderBy(e => e.Deadline).ThenBy(e => e.Number)];
            List<Entry> fired = Fire(_wheel, _now);
            Assert.True(due.SequenceEqual(fired), $"seed {seed}: fired [{string.Join(", ", fired)}], not [{string.Join(", ", due)}]");
            _armed.RemoveAll(due.Contains);
            Assert.True(_wheel.NextDeadline > _now, $"seed {seed}: a deadline of the past stays");
        }

        private static long Plus(long time, long span) => (long)Int128.Clamp((Int128)time + span, long.MinValue, long.MaxValue);
    }
}

/// <summary>A timer of these tests, which remembers its deadline.</summary>
internal sealed class Entry(long deadline, int number = 0) : HubItem
{
    internal long Deadline { get; set; } = deadline;

    internal int Number => number;

    public override string ToString() => $"#{Number} at {Deadline}";

    internal override void Run(Hub hub) => throw new UnreachableException();

    internal override void OnDue(Hub hub) => throw new UnreachableException();
}

internal static class EntryWheel
{
    internal static void Add(this TimerWheel wheel, Entry entry) => wheel.Add(entry, entry.Deadline);
}
