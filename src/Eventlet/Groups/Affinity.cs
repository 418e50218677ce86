using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Groups;

/// <summary>On which processors the calling thread may run.</summary>
internal static unsafe class Affinity
{
    /// <summary>Room for 8,192 processors, the most that Linux can be built for.</summary>
    private const int Words = 128;

    internal static int[] Allowed()
    {
        ulong* mask = stackalloc ulong[Words];
        if (Libc.sched_getaffinity(0, Words * sizeof(ulong), mask) < 0)
        {
            throw new HubException($"the processors that this process may use cannot be read: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var allowed = new List<int>();
        for (int processor = 0; processor < Words * 64; processor++)
        {
            if ((mask[processor / 64] >> (processor % 64) & 1) != 0)
            {
                allowed.Add(processor);
            }
        }

        return [.. allowed];
    }

    internal static void Bind(int processor)
    {
        ulong* mask = stackalloc ulong[Words];
        new Span<ulong>(mask, Words).Clear();
        mask[processor / 64] = 1UL << (processor % 64);
        if (Libc.sched_setaffinity(0, Words * sizeof(ulong), mask) < 0)
        {
            throw new HubException($"the hub's thread cannot be bound to processor {processor}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
