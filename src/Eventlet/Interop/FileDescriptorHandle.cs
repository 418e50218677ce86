using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>Owns a descriptor, closed with close(2).</summary>
internal sealed class FileDescriptorHandle : SafeHandle
{
    /// <summary>Takes a descriptor over.</summary>
    internal FileDescriptorHandle(int fd) : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc/>
    public override bool IsInvalid => (int)handle < 0;

    /// <summary>The number; means nothing once the handle is closed.</summary>
    internal int Value => (int)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        // Linux has freed the number even when close reports EINTR or EIO: a second close could hit somebody else's file.
        _ = Libc.close((int)handle);
        return true;
    }
}
