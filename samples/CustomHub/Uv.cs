using System.Runtime.InteropServices;

namespace Samples;

/// <summary>The part of libuv 1.x that the hub uses. Its structs are opaque: libuv tells their sizes.</summary>
internal static unsafe partial class Uv
{
    internal const int RunOnce = 1, RunNoWait = 2;                      // uv_run_mode
    internal const int Async = 1, Poll = 8, Timer = 13;                 // uv_handle_type
    internal const int Readable = 1, Writable = 2, Prioritized = 8;                // uv_poll_event
    internal const int EPERM = -1, EBADF = -9;                          // libuv's errors are errno, negated
    private const string Library = "libuv.so.1";

    [LibraryImport(Library)] internal static partial nuint uv_loop_size();
    [LibraryImport(Library)] internal static partial nuint uv_handle_size(int type);
    [LibraryImport(Library)] internal static partial int uv_loop_init(void* loop);
    [LibraryImport(Library)] internal static partial int uv_loop_close(void* loop);
    [LibraryImport(Library)] internal static partial int uv_run(void* loop, int mode);
    [LibraryImport(Library)] internal static partial void uv_update_time(void* loop);
    [LibraryImport(Library)] internal static partial void uv_close(void* handle, delegate* unmanaged[Cdecl]<void*, void> closed);
    [LibraryImport(Library)] internal static partial void uv_handle_set_data(void* handle, nint data);
    [LibraryImport(Library)] internal static partial nint uv_handle_get_data(void* handle);
    [LibraryImport(Library)] internal static partial int uv_async_init(void* loop, void* handle, delegate* unmanaged[Cdecl]<void*, void> woken);
    [LibraryImport(Library)] internal static partial int uv_async_send(void* handle);
    [LibraryImport(Library)] internal static partial int uv_timer_init(void* loop, void* handle);
    [LibraryImport(Library)] internal static partial int uv_timer_start(void* handle, delegate* unmanaged[Cdecl]<void*, void> due, ulong milliseconds, ulong repeat);
    [LibraryImport(Library)] internal static partial int uv_timer_stop(void* handle);
    [LibraryImport(Library)] internal static partial int uv_poll_init(void* loop, void* handle, int fd);
    [LibraryImport(Library)] internal static partial int uv_poll_start(void* handle, int events, delegate* unmanaged[Cdecl]<void*, int, int, void> seen);
    [LibraryImport(Library)] internal static partial nint uv_strerror(int error);
    [LibraryImport("libc")] internal static partial int fcntl(int fd, int command, nint argument);
}
