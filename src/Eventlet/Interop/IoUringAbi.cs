using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>struct io_uring_sqe: one submission, of which an operation uses what its man page (io_uring_enter(2)) names.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct IoUringSqe
{
    [FieldOffset(0)] internal byte Opcode;
    [FieldOffset(1)] internal byte Flags;
    [FieldOffset(2)] internal ushort IoPriority;
    [FieldOffset(4)] internal int Fd;
    [FieldOffset(8)] internal ulong Offset;
    [FieldOffset(16)] internal ulong Address;
    [FieldOffset(24)] internal uint Length;

    /// <summary>The flags of the operation: of the message, of the accept, the events of a poll.</summary>
    [FieldOffset(28)] internal uint OperationFlags;
    [FieldOffset(32)] internal ulong UserData;
    [FieldOffset(40)] internal ushort BufferGroup;
}

/// <summary>struct io_uring_cqe: one completion.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringCqe
{
    internal ulong UserData;
    internal int Result;
    internal uint Flags;
}

/// <summary>struct io_sqring_offsets and io_cqring_offsets: where the fields of a ring lie in its mapping. The two name two fields differently.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringOffsets
{
    internal uint Head;
    internal uint Tail;
    internal uint RingMask;
    internal uint RingEntries;

    /// <summary>flags of the submissions, overflow of the completions.</summary>
    internal uint FlagsOrOverflow;

    /// <summary>dropped of the submissions, cqes of the completions.</summary>
    internal uint DroppedOrCqes;

    /// <summary>array of the submissions, flags of the completions.</summary>
    internal uint ArrayOrFlags;
    internal uint Reserved1;
    internal ulong Reserved2;
}

/// <summary>struct io_uring_params: asked for, and answered, by io_uring_setup(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringParams
{
    internal uint SqEntries;
    internal uint CqEntries;
    internal uint Flags;
    internal uint SqThreadCpu;
    internal uint SqThreadIdle;
    internal uint Features;
    internal uint WqFd;
    internal uint Reserved0;
    internal uint Reserved1;
    internal uint Reserved2;
    internal IoUringOffsets SqOffsets;
    internal IoUringOffsets CqOffsets;
}

/// <summary>struct io_uring_getevents_arg: what io_uring_enter(2) takes with IORING_ENTER_EXT_ARG.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringGetEvents
{
    internal ulong SignalMask;
    internal uint SignalMaskSize;
    internal uint Padding;

    /// <summary>The address of an <see cref="IoUringTimespec"/>, or zero for no time-out.</summary>
    internal ulong Timespec;
}

/// <summary>struct __kernel_timespec: 64 bits each on every architecture.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringTimespec
{
    internal long Seconds;
    internal long Nanoseconds;
}

/// <summary>struct io_uring_buf: a provided buffer. The padding of the first one is the ring's tail.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringBuffer
{
    internal ulong Address;
    internal uint Length;
    internal ushort Id;
    internal ushort Tail;
}

/// <summary>struct io_uring_buf_reg: for IORING_REGISTER_PBUF_RING.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringBufferRegistration
{
    internal ulong RingAddress;
    internal uint RingEntries;
    internal ushort Group;
    internal ushort Flags;
    internal ulong Reserved0;
    internal ulong Reserved1;
    internal ulong Reserved2;
}

/// <summary>struct io_uring_probe_op; struct io_uring_probe is a header of sixteen bytes and an array of these.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoUringProbeOperation
{
    internal byte Opcode;
    internal byte Reserved1;
    internal ushort Flags;
    internal uint Reserved2;
}
