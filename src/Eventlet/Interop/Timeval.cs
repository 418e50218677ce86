using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>struct timeval of a 64-bit Unix (sys/time.h). Where tv_usec is an int (macOS) padding follows it, and a small number has the same bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Timeval
{
    internal readonly nint Seconds;
    internal readonly nint Microseconds;

    /// <summary>A finite time-out, rounded up. Negative ones count as zero.</summary>
    internal Timeval(TimeSpan timeout)
    {
        long ticks = Math.Max(timeout.Ticks, 0);
        long microseconds = (ticks / TimeSpan.TicksPerMicrosecond) + (ticks % TimeSpan.TicksPerMicrosecond == 0 ? 0 : 1);
        Seconds = (nint)(microseconds / 1_000_000);
        Microseconds = (nint)(microseconds % 1_000_000);
    }
}
