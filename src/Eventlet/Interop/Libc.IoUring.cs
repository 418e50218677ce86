using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>linux/io_uring.h. The C library has no functions for it; the numbers of the calls are the same on every architecture that .NET runs on.</summary>
internal static unsafe partial class Libc
{
    internal const int SYS_io_uring_setup = 425;
    internal const int SYS_io_uring_enter = 426;
    internal const int SYS_io_uring_register = 427;

    internal const uint IORING_SETUP_CQSIZE = 1u << 3;
    internal const uint IORING_SETUP_CLAMP = 1u << 4;
    internal const uint IORING_SETUP_R_DISABLED = 1u << 6;
    internal const uint IORING_SETUP_SUBMIT_ALL = 1u << 7;
    internal const uint IORING_SETUP_COOP_TASKRUN = 1u << 8;
    internal const uint IORING_SETUP_TASKRUN_FLAG = 1u << 9;
    internal const uint IORING_SETUP_SINGLE_ISSUER = 1u << 12;
    internal const uint IORING_SETUP_DEFER_TASKRUN = 1u << 13;

    internal const uint IORING_FEAT_SINGLE_MMAP = 1u << 0;
    internal const uint IORING_FEAT_NODROP = 1u << 1;
    internal const uint IORING_FEAT_SUBMIT_STABLE = 1u << 2;
    internal const uint IORING_FEAT_FAST_POLL = 1u << 5;
    internal const uint IORING_FEAT_EXT_ARG = 1u << 8;

    internal const uint IORING_SQ_CQ_OVERFLOW = 1u << 1;
    internal const uint IORING_SQ_TASKRUN = 1u << 2;

    internal const uint IORING_ENTER_GETEVENTS = 1u << 0;
    internal const uint IORING_ENTER_EXT_ARG = 1u << 3;

    internal const uint IORING_REGISTER_PROBE = 8;
    internal const uint IORING_REGISTER_ENABLE_RINGS = 12;
    internal const uint IORING_REGISTER_PBUF_RING = 22;

    internal const byte IORING_OP_POLL_ADD = 6;
    internal const byte IORING_OP_SENDMSG = 9;
    internal const byte IORING_OP_RECVMSG = 10;
    internal const byte IORING_OP_ACCEPT = 13;
    internal const byte IORING_OP_ASYNC_CANCEL = 14;
    internal const byte IORING_OP_CONNECT = 16;
    internal const byte IORING_OP_READ = 22;
    internal const byte IORING_OP_WRITE = 23;
    internal const byte IORING_OP_SEND = 26;
    internal const byte IORING_OP_RECV = 27;

    internal const byte IOSQE_BUFFER_SELECT = 1 << 5;
    internal const uint IORING_POLL_ADD_MULTI = 1u << 0;
    internal const ushort IORING_RECVSEND_POLL_FIRST = 1 << 0;

    internal const uint IORING_CQE_F_BUFFER = 1u << 0;
    internal const uint IORING_CQE_F_MORE = 1u << 1;
    internal const uint IORING_CQE_F_SOCK_NONEMPTY = 1u << 2;
    internal const int IORING_CQE_BUFFER_SHIFT = 16;

    internal const long IORING_OFF_SQ_RING = 0;
    internal const long IORING_OFF_SQES = 0x10000000;
    internal const ushort IO_URING_OP_SUPPORTED = 1;

    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_PRIVATE = 2;
    internal const int MAP_ANONYMOUS = 0x20;
    internal const int MAP_POPULATE = 0x8000;

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial nint syscall_io_uring_setup(nint number, nint entries, IoUringParams* parameters);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial nint syscall_io_uring_enter(nint number, nint fd, nint submit, nint complete, nint flags, void* argument, nint size);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial nint syscall_io_uring_register(nint number, nint fd, nint operation, void* argument, nint count);

    /// <summary>sys/mman.h; values of Linux. The offset is off64_t's in 64-bit processes, where alone this is used.</summary>
    [LibraryImport("libc")]
    internal static partial nint mmap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc")]
    internal static partial int munmap(nint address, nuint length);
}
