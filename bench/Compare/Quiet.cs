using System.Globalization;

namespace Eventlet.Bench;

/// <summary>Waiting for a machine without other work.</summary>
internal static class Quiet
{
    private const int Tries = 4;
    private const int StillTicks = 5;

    /// <summary>Until the machine has been idle for half a second, at most two seconds.</summary>
    internal static void Wait()
    {
        for (int i = 0; i < Tries; i++)
        {
            long before = BusyTicks();
            Thread.Sleep(500);
            if (BusyTicks() - before <= StillTicks)
            {
                return;
            }
        }
    }

    /// <summary>proc_stat(5): user nice system idle iowait irq softirq steal.</summary>
    private static long BusyTicks()
    {
        string[] words = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long[] ticks = [.. words.Skip(1).Take(8).Select(static word => long.Parse(word, CultureInfo.InvariantCulture))];
        return ticks.Sum() - ticks[3] - ticks[4];
    }
}
