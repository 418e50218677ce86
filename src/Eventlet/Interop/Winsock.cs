using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>winsock2.h.</summary>
internal static unsafe partial class Winsock
{
    internal const int WSAEINTR = 10004;
    internal const int WSAENOTSOCK = 10038;
    internal const int SOL_SOCKET = 0xFFFF;
    internal const int SO_TYPE = 0x1008;

    /// <summary>The sets are <see cref="WinsockFdSet"/>; <paramref name="nfds"/> is ignored.</summary>
    [LibraryImport("ws2_32")]
    internal static partial int select(int nfds, void* readfds, void* writefds, void* exceptfds, TimeVal* timeout);

    [LibraryImport("ws2_32")]
    internal static partial int getsockopt(nuint socket, int level, int option, byte* value, int* length);

    /// <summary>struct timeval: two longs, which have 32 bits there.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeVal
    {
        internal int Seconds;
        internal int Microseconds;
    }
}
