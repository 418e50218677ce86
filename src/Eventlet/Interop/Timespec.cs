using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>struct timespec of the C library (time.h); its fields are as wide as a register wherever .NET runs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Timespec
{
    internal readonly nint Seconds;
    internal readonly nint Nanoseconds;

    /// <summary>A finite time-out, exactly: a tick is 100 ns. Negative ones count as zero.</summary>
    internal Timespec(TimeSpan timeout)
    {
        long ticks = Math.Max(timeout.Ticks, 0);
        Seconds = (nint)Math.Min(ticks / TimeSpan.TicksPerSecond, nint.MaxValue);
        Nanoseconds = (nint)(ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick);
    }

    /// <summary>The same in whole milliseconds, rounded up, for poll and epoll_wait; -1 if infinite.</summary>
    internal static int Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan ? -1
        : timeout <= TimeSpan.Zero ? 0
        : (int)Math.Min((timeout.Ticks - 1) / TimeSpan.TicksPerMillisecond + 1, int.MaxValue);
}
