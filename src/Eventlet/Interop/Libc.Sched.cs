using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>sched.h of Linux; thread 0 is the calling one.</summary>
internal static partial class Libc
{
    [LibraryImport("libc", SetLastError = true)]
    internal static unsafe partial int sched_getaffinity(int thread, nuint size, ulong* mask);

    [LibraryImport("libc", SetLastError = true)]
    internal static unsafe partial int sched_setaffinity(int thread, nuint size, ulong* mask);
}
