using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Processes;

/// <summary>
/// A child of this process until its status has been taken. Nobody else takes it, so until then its number is its own: taking the status and sending signals
/// exclude each other by a lock. Any thread.
/// </summary>
internal sealed unsafe class Child
{
    private readonly Lock _lock = new();
    private SubprocessExit? _exit;

    internal Child(int pid, bool withoutPidfd)
    {
        Id = pid;
        nint fd = withoutPidfd ? -Errno.ENOSYS : Errno.Result(Libc.syscall_pidfd_open(Libc.SYS_pidfd_open, pid, 0));
        PidFd = fd >= 0 ? new FileDescriptorHandle((int)fd) : null;
    }

    /// <summary>Forgotten while it ran, or before anybody asked how it ended: it must not stay a zombie.</summary>
    ~Child()
    {
        if (_exit is null)
        {
            Orphans.Add(this);
        }
    }

    internal int Id { get; }

    /// <summary>Readable when it has ended; null where the kernel has no pidfds, or a filter of system calls forbids them, or no descriptor was left.</summary>
    internal SafeHandle? PidFd { get; }

    /// <summary>How it ended; null while it runs.</summary>
    internal SubprocessExit? TryReap()
    {
        lock (_lock)
        {
            if (_exit is not null)
            {
                return _exit;
            }

            int status, result;
            do
            {
                result = Errno.Result(Libc.waitpid(Id, &status, Libc.WNOHANG));
            }
            while (result == -Errno.EINTR);

            if (result != 0)
            {
                // ECHILD: somebody else has taken the status, or the system throws them away because SIGCHLD was ignored.
                _exit = result < 0 ? new SubprocessExit() : Decode(status);
                GC.SuppressFinalize(this);
            }

            return _exit;
        }
    }

    /// <summary>Sends a signal, unless it is known to have ended.</summary>
    /// <returns>0, or the error number.</returns>
    internal int Signal(int number)
    {
        lock (_lock)
        {
            return _exit is null ? -Errno.Result(Libc.kill(Id, number)) : 0;
        }
    }

    private static SubprocessExit Decode(int status) => (status & 0x7f) == 0
        ? new SubprocessExit { ExitCode = (status >> 8) & 0xff }
        : new SubprocessExit { Signal = status & 0x7f };
}
