using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>spawn.h, and the signal sets that it takes. Its functions return an error number instead of setting errno.</summary>
internal static unsafe partial class Libc
{
    internal const short POSIX_SPAWN_SETSIGDEF = 0x4;
    internal const short POSIX_SPAWN_SETSIGMASK = 0x8;

    /// <summary>Room for posix_spawn_file_actions_t, posix_spawnattr_t or sigset_t of any C library: the largest is glibc's attributes with 336 bytes.</summary>
    internal const int SpawnObjectSize = 1024;

    [LibraryImport("libc")]
    internal static partial int posix_spawn(int* pid, byte* path, void* fileActions, void* attributes, byte** argv, byte** envp);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_init(void* fileActions);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_destroy(void* fileActions);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_adddup2(void* fileActions, int fd, int newFd);

    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_addopen(void* fileActions, int fd, byte* path, int flags, uint mode);

    /// <summary>glibc 2.29, musl 1.1.24.</summary>
    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_addchdir_np(void* fileActions, byte* path);

    /// <summary>glibc 2.34; not in musl.</summary>
    [LibraryImport("libc")]
    internal static partial int posix_spawn_file_actions_addclosefrom_np(void* fileActions, int from);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport("libc")]
    internal static partial int posix_spawnattr_setsigmask(void* attributes, void* signals);

    [LibraryImport("libc")]
    internal static partial int sigemptyset(void* signals);

    [LibraryImport("libc")]
    internal static partial int sigaddset(void* signals, int signal);
}
