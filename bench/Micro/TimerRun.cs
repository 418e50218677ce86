using System.Diagnostics;

namespace Eventlet.Bench.Micro;

/// <summary>Many timers: all are added, nine of ten are cancelled in random order, the others fire.</summary>
/// <param name="AddNs">For each one added.</param>
/// <param name="CancelNs">For each one cancelled.</param>
/// <param name="FireNs">For each one fired, from the moment when all are due.</param>
internal sealed record TimerRun(double AddNs, double CancelNs, double FireNs)
{
    private const int Seed = 20_240_229;

    internal static TimerRun OnHub(Hub hub, int count)
    {
        TimerRun? result = null;
        hub.InvokeAsync(async () => result = await RunAsync(count)).GetAwaiter().GetResult();
        return result!;
    }

    private static async Task<TimerRun> RunAsync(int count)
    {
        Hub hub = Hubs.GetHub();
        var random = new Random(Seed);
        // Due when all have been added and cancelled, which takes less than a microsecond for each.
        double first = 500 + (count * 0.001), last = first + 1000;
        int fired = 0, left = count - (count / 10 * 9);
        var all = new GreenEvent<int>();
        Action call = () =>
        {
            if (++fired == left)
            {
                all.Send(fired);
            }
        };
        TimeSpan[] delays = [.. Enumerable.Range(0, count).Select(_ => TimeSpan.FromMilliseconds(first + (random.NextDouble() * (last - first))))];
        var timers = new HubTimer[count];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            timers[i] = hub.ScheduleCallGlobal(delays[i], call);
        }

        TimeSpan added = Stopwatch.GetElapsedTime(start);
        random.Shuffle(timers);
        long cancelStart = Stopwatch.GetTimestamp();
        for (int i = left; i < count; i++)
        {
            timers[i].Cancel();
        }

        TimeSpan cancelled = Stopwatch.GetElapsedTime(cancelStart);
        // The hub's thread sleeps, so that all of them are due at once.
        Thread.Sleep(TimeSpan.FromMilliseconds(last) + added - Stopwatch.GetElapsedTime(start) is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        long fireStart = Stopwatch.GetTimestamp();
        await all.WaitAsync();
        TimeSpan firing = Stopwatch.GetElapsedTime(fireStart);
        return new TimerRun(added.TotalNanoseconds / count, cancelled.TotalNanoseconds / (count - left), firing.TotalNanoseconds / left);
    }
}
