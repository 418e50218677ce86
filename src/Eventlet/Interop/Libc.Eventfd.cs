using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>sys/eventfd.h.</summary>
internal static partial class Libc
{
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    [LibraryImport("libc")]
    internal static partial int eventfd(uint initval, int flags);
}
