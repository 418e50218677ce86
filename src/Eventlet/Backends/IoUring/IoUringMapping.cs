using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>Memory shared with the kernel, until it is disposed.</summary>
internal sealed unsafe class IoUringMapping : SafeHandle
{
    private readonly nuint _length;

    private IoUringMapping(nint address, nuint length) : base(0, ownsHandle: true)
    {
        SetHandle(address);
        _length = length;
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    internal byte* Address => (byte*)handle;

    /// <summary>Maps a part of a ring; the mapping keeps the ring alive.</summary>
    internal static IoUringMapping OfRing(int ring, nuint length, long offset) =>
        Map(length, Libc.MAP_SHARED | Libc.MAP_POPULATE, ring, offset);

    /// <summary>Page-aligned memory of the process's own, zeroed.</summary>
    internal static IoUringMapping OfPages(nuint length) => Map(length, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.munmap(handle, _length) == 0;

    private static IoUringMapping Map(nuint length, int flags, int fd, long offset)
    {
        nint address = Libc.mmap(null, length, Libc.PROT_READ | Libc.PROT_WRITE, flags, fd, (nint)offset);
        return address == -1
            ? throw Errno.ToException(Marshal.GetLastSystemError(), "mmap of io_uring")
            : new IoUringMapping(address, length);
    }
}
