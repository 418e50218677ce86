using System.Diagnostics;
using Eventlet.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Eventlet.Tests.Load;

/// <summary>Very many timers, of which nine in ten are cancelled: the rest fire in order, none is lost, and nothing of them stays.</summary>
public class ManyTimersTests : IDisposable
{
    private const int LongLimit = 600_000;
    private const int Steps = 100;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly LeakGate _gate = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _gate.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void MillionTimers_MostCancelled_TheRestFireInOrder_AndNothingStays() => PlainThread.Run(() => Run(1_000_000));

    [Fact(Explicit = true, Timeout = LongLimit)]
    public void TenMillionTimers_MostCancelled_TheRestFireInOrder_AndNothingStays()
    {
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        PlainThread.Run(() => Run(10_000_000), TimeSpan.FromMilliseconds(LongLimit));
    }

    private static void Run(int count)
    {
        var clock = new FakeTimeProvider();
        Hubs.UseHub(Hubs.GetDefaultHub(), new HubOptions { Clock = clock });
        using Hub hub = Hubs.GetHub();
        var delays = new TimeSpan[count];
        var random = new Random(1);
        for (int i = 0; i < count; i++)
        {
            // Some for the same moment: those fire in the order in which they were made.
            delays[i] = i % 3 == 0 ? TimeSpan.FromSeconds(random.Next(600)) : random.NextDouble() * Longest;
        }

        hub.Run(() => RunAsync(hub, clock, delays));
    }

    private static async Task RunAsync(Hub hub, FakeTimeProvider clock, TimeSpan[] delays)
    {
        int wrong = 0;
        void OfACancelledOne() => wrong++;
        int[] kept = [.. Enumerable.Range(0, delays.Length).Where(i => i % 10 == 7)];
        var fired = new List<int>(kept.Length);
        Action[] calls = [.. kept.Select(number => (Action)(() => fired.Add(number)))];
        var timers = new HubTimer?[delays.Length];
        long before = Measured.Memory();
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < timers.Length; i++)
        {
            timers[i] = hub.ScheduleCallGlobal(delays[i], i % 10 == 7 ? calls[i / 10] : OfACancelledOne);
        }

        TimeSpan adding = watch.Elapsed;
        long memory = Measured.Memory() - before;
        Assert.Equal(timers.Length, hub.Statistics.Timers);
        watch.Restart();
        for (int i = 0, at = 0; i < timers.Length; i++)
        {
            // Not in the order of making; the step and the count have no common factor.
            at = (int)((at + 7_919L) % timers.Length);
            if (at % 10 != 7)
            {
                timers[at]!.Cancel();
                timers[at] = null;
            }
        }

        TimeSpan cancelling = watch.Elapsed;
        Assert.Equal(kept.Length, hub.Statistics.Timers);
        TimeSpan firing = await FireAsync(hub, clock, () => fired.Count, [.. kept.Select(i => delays[i])]);
        int[] expected = [.. kept.OrderBy(i => delays[i])];
        Assert.True(expected.AsSpan().SequenceEqual(fired.ToArray()));
        Assert.Equal((0, 0), (wrong, hub.Statistics.Timers));

        // What the hub keeps: the wheel's slots, and a ready queue that has once held those of one step.
        Array.Clear(timers);
        long left = Measured.Memory() - before;
        GC.KeepAlive((delays, calls, fired, timers, kept));
        Assert.True(left <= memory / 20, $"{left} bytes stay of {memory}");
        Measured.Say($"{timers.Length} timers: {adding.TotalNanoseconds / timers.Length:0} ns to add each, {cancelling.TotalNanoseconds / (timers.Length - kept.Length):0} ns to cancel, "
            + $"{firing.TotalNanoseconds / kept.Length:0} ns to fire; {(double)memory / timers.Length:0} bytes each, {left} bytes stay in all");
    }

    /// <summary>Moves the clock on step by step: all that is due fires, and nothing else.</summary>
    private static async Task<TimeSpan> FireAsync(Hub hub, FakeTimeProvider clock, Func<int> fired, TimeSpan[] delays)
    {
        Array.Sort(delays);
        TimeSpan firing = TimeSpan.Zero;
        TimeSpan now = TimeSpan.Zero;
        int due = 0;
        for (int step = 0; step <= Steps; step++)
        {
            while (due < delays.Length && delays[due] <= now)
            {
                due++;
            }

            var watch = Stopwatch.StartNew();
            while (fired() < due || hub.Statistics.Ready > 0)
            {
                await GreenThread.SleepAsync();
            }

            firing += watch.Elapsed;
            Assert.Equal(due, fired());
            clock.Advance(Longest / Steps);
            now += Longest / Steps;
        }

        return firing;
    }
}
