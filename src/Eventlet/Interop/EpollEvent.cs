using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// struct epoll_event, a 32-bit mask and 64 bits of the caller's, in memory: packed on x86 (linux/eventpoll.h, EPOLL_PACKED),
/// naturally aligned everywhere else. The JIT folds the two numbers of the running process.
/// </summary>
internal static unsafe class EpollEvent
{
    /// <summary>The largest size of an event on any architecture.</summary>
    internal const int MaxSize = 16;

    /// <summary>The size of an event in this process.</summary>
    internal static readonly int Size = SizeOn(RuntimeInformation.ProcessArchitecture);

    private static readonly int s_dataOffset = DataOffsetOn(RuntimeInformation.ProcessArchitecture);

    internal static int SizeOn(Architecture architecture) => DataOffsetOn(architecture) + sizeof(ulong);

    internal static int DataOffsetOn(Architecture architecture) => architecture is Architecture.X64 or Architecture.X86 ? 4 : 8;

    internal static uint Events(byte* at) => *(uint*)at;

    internal static ulong Data(byte* at) => Unsafe.ReadUnaligned<ulong>(at + s_dataOffset);

    internal static void Write(byte* at, uint events, ulong data)
    {
        *(uint*)at = events;
        Unsafe.WriteUnaligned(at + s_dataOffset, data);
    }
}
