using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// struct kevent of a 64-bit system, as macOS and OpenBSD have all of it (sys/event.h), and FreeBSD the beginning: there 32 bytes follow that nobody
/// here reads. So an array of them is walked by the size that the seam names.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Kevent
{
    /// <summary>The size of an entry on macOS.</summary>
    internal const int DarwinSize = 32;

    /// <summary>The size of an entry on FreeBSD 12 and later, with ext[4].</summary>
    internal const int FreeBsdSize = 64;

    internal nuint Ident;
    internal short Filter;
    internal ushort Flags;
    internal uint FilterFlags;
    internal long Data;
    internal ulong UserData;
}
