using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>sys/wait.h and signal.h; pidfd_open by number, the same on every architecture (Linux 5.3).</summary>
internal static unsafe partial class Libc
{
    internal const int WNOHANG = 1;
    internal const int SIGKILL = 9;
    internal const int SIGPIPE = 13;
    internal const int SIGTERM = 15;
    internal const int X_OK = 1;
    internal const int SYS_pidfd_open = 434;

    [LibraryImport("libc")]
    internal static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    internal static partial int kill(int pid, int signal);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial nint syscall_pidfd_open(nint number, nint pid, nint flags);
}
