using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The real ones.</summary>
internal readonly unsafe struct LinuxIoUringCalls : IIoUringCalls
{
    /// <inheritdoc/>
    public int Setup(uint entries, IoUringParams* parameters) =>
        (int)Errno.Result(Libc.syscall_io_uring_setup(Libc.SYS_io_uring_setup, (nint)entries, parameters));

    /// <inheritdoc/>
    public int Enter(int ring, uint submit, uint complete, uint flags, void* argument, int size) =>
        (int)Errno.Result(Libc.syscall_io_uring_enter(Libc.SYS_io_uring_enter, ring, (nint)submit, (nint)complete, (nint)flags, argument, size));

    /// <inheritdoc/>
    public int Register(int ring, uint operation, void* argument, uint count) =>
        (int)Errno.Result(Libc.syscall_io_uring_register(Libc.SYS_io_uring_register, ring, (nint)operation, argument, (nint)count));

    /// <inheritdoc/>
    public int GetFlags(int fd) => Errno.Result(Libc.fcntl(fd, Libc.F_GETFL));

    /// <inheritdoc/>
    public void Pause(TimeSpan duration) => _ = Libc.poll(null, 0, Timespec.Milliseconds(duration));
}
