using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

/// <summary>
/// The two queues that a process shares with the kernel, and the one call that hands submissions over, runs what is pending and waits. What the
/// kernel offers is found by trying: the modes from the cheapest to the plainest, then features and operations.
/// </summary>
/// <remarks>
/// Memory order: the kernel publishes completions by their tail (read with acquire here) and takes submissions up to theirs (written with
/// release). With SINGLE_ISSUER a ring belongs to the thread that enables it, which the first use does.
/// </remarks>
internal sealed unsafe class IoUringRing<TCalls> : IDisposable where TCalls : struct, IIoUringCalls
{
    private const uint Common = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;

    /// <summary>Completions are made ready when this thread enters the kernel for them, at best: worth a fifth of the time of a round trip.</summary>
    private static readonly uint[] s_modes =
    [
        Common | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_R_DISABLED,
        Common | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_COOP_TASKRUN,
        Common,
    ];

    private readonly FileDescriptorHandle _handle = new(-1);
    private readonly IoUringMapping? _queues;
    private readonly IoUringMapping? _submissions;
    private readonly uint* _sqHead;
    private readonly uint* _sqTail;
    private readonly uint* _sqFlags;
    private readonly uint* _cqHead;
    private readonly uint* _cqTail;
    private readonly IoUringSqe* _sqes;
    private readonly IoUringCqe* _cqes;
    private readonly uint _sqEntries;
    private readonly uint _cqMask;
    private readonly uint _flags;
    private bool _isDisabled;
    private uint _tail;
    private TCalls _calls;

    /// <summary>Makes a ring.</summary>
    /// <param name="calls">The system calls.</param>
    /// <param name="entries">Room for submissions, and for completions.</param>
    /// <exception cref="IOException">The system refused, or lacks what is needed; the text says what.</exception>
    internal IoUringRing(TCalls calls, (uint Submissions, uint Completions) entries)
    {
        _calls = calls;
        IoUringParams parameters;
        int ring = Setup(&parameters, entries);
        if (ring < 0)
        {
            throw Refused(-ring);
        }

        _handle = new FileDescriptorHandle(ring);
        try
        {
            _flags = parameters.Flags;
            _isDisabled = (_flags & IORING_SETUP_R_DISABLED) != 0;
            Require(parameters.Features);
            nuint sqSize = parameters.SqOffsets.ArrayOrFlags + parameters.SqEntries * sizeof(uint);
            nuint cqSize = parameters.CqOffsets.DroppedOrCqes + parameters.CqEntries * (uint)sizeof(IoUringCqe);
            _queues = IoUringMapping.OfRing(ring, Math.Max(sqSize, cqSize), IORING_OFF_SQ_RING);
            _submissions = IoUringMapping.OfRing(ring, parameters.SqEntries * (uint)sizeof(IoUringSqe), IORING_OFF_SQES);
        }
        catch
        {
            Dispose();
            throw;
        }

        byte* queues = _queues.Address;
        _sqHead = (uint*)(queues + parameters.SqOffsets.Head);
        _sqTail = (uint*)(queues + parameters.SqOffsets.Tail);
        _sqFlags = (uint*)(queues + parameters.SqOffsets.FlagsOrOverflow);
        _cqHead = (uint*)(queues + parameters.CqOffsets.Head);
        _cqTail = (uint*)(queues + parameters.CqOffsets.Tail);
        _sqes = (IoUringSqe*)_submissions.Address;
        _cqes = (IoUringCqe*)(queues + parameters.CqOffsets.DroppedOrCqes);
        _sqEntries = parameters.SqEntries;
        _cqMask = parameters.CqEntries - 1;
        uint* array = (uint*)(queues + parameters.SqOffsets.ArrayOrFlags);
        for (uint i = 0; i < _sqEntries; i++)
        {
            array[i] = i;
        }
    }

    internal int Descriptor => _handle.Value;

    /// <summary>How completions are made ready, for <c>eventlet hubs</c> and tests.</summary>
    internal string Mode => (_flags & IORING_SETUP_DEFER_TASKRUN) != 0 ? "deferred" : (_flags & IORING_SETUP_COOP_TASKRUN) != 0 ? "cooperative" : "plain";

    internal bool HasCompletions => *_cqHead != Volatile.Read(ref *_cqTail);

    internal bool HasSubmissions => _tail != Volatile.Read(ref *_sqHead);

    /// <summary>Whether there is a next submission.</summary>
    internal bool HasRoom => _tail - Volatile.Read(ref *_sqHead) < _sqEntries;

    /// <summary>Whether the kernel has more for this thread that only a call brings: deferred work, or completions that did not fit.</summary>
    internal bool NeedsCall => (Volatile.Read(ref *_sqFlags) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0;

    /// <summary>The next submission, zeroed; null if all are taken: then <see cref="Enter"/> and ask again.</summary>
    internal IoUringSqe* Next()
    {
        if (!HasRoom)
        {
            return null;
        }

        IoUringSqe* sqe = &_sqes[_tail++ & (_sqEntries - 1)];
        *sqe = default;
        return sqe;
    }

    /// <summary>Takes the oldest completion.</summary>
    internal bool TryTake(out IoUringCqe completion)
    {
        uint head = *_cqHead;
        if (head == Volatile.Read(ref *_cqTail))
        {
            completion = default;
            return false;
        }

        completion = _cqes[head & _cqMask];
        Volatile.Write(ref *_cqHead, head + 1);
        return true;
    }

    /// <summary>Hands over what was submitted, runs deferred work, and waits for one completion unless the time-out is zero.</summary>
    /// <returns>Zero, or -EBUSY or -EAGAIN: submissions are left, to be handed over when completions were taken or memory is there.</returns>
    /// <exception cref="IOException">The call failed for good.</exception>
    internal int Enter(TimeSpan timeout)
    {
        if (_isDisabled)
        {
            Enable();
        }

        Volatile.Write(ref *_sqTail, _tail);
        uint submit = _tail - Volatile.Read(ref *_sqHead);
        bool polls = timeout != Timeout.InfiniteTimeSpan && timeout <= TimeSpan.Zero;
        int result;
        if (polls || timeout == Timeout.InfiniteTimeSpan)
        {
            result = _calls.Enter(Descriptor, submit, polls ? 0u : 1u, IORING_ENTER_GETEVENTS, null, 0);
        }
        else
        {
            // A limit far below what the kernel's own arithmetic takes: a wait of 31 years that returns is a spurious one.
            IoUringTimespec limit = new()
            {
                Seconds = Math.Min(timeout.Ticks / TimeSpan.TicksPerSecond, 1_000_000_000),
                Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
            };
            IoUringGetEvents argument = new() { Timespec = (ulong)&limit };
            result = _calls.Enter(Descriptor, submit, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof(IoUringGetEvents));
        }

        return result switch
        {
            >= 0 or -Errno.ETIME or -Errno.EINTR => 0,
            -Errno.EBUSY or -Errno.EAGAIN or -Errno.ENOMEM => result,
            _ => throw Errno.ToException(-result, "io_uring_enter"),
        };
    }

    /// <summary>io_uring_register.</summary>
    internal int Register(uint operation, void* argument, uint count) => _calls.Register(Descriptor, operation, argument, count);

    /// <inheritdoc/>
    public void Dispose()
    {
        _submissions?.Dispose();
        _queues?.Dispose();
        _handle.Dispose();
    }

    private int Setup(IoUringParams* parameters, (uint Submissions, uint Completions) entries)
    {
        int ring = -Errno.EINVAL;
        foreach (uint mode in s_modes)
        {
            *parameters = new IoUringParams { Flags = mode, CqEntries = entries.Completions };
            ring = _calls.Setup(entries.Submissions, parameters);
            if (ring != -Errno.EINVAL)
            {
                break;
            }
        }

        return ring;
    }

    private void Enable()
    {
        int result = Register(IORING_REGISTER_ENABLE_RINGS, null, 0);
        if (result < 0)
        {
            throw Errno.ToException(-result, "io_uring_register");
        }

        _isDisabled = false;
    }

    private void Require(uint features)
    {
        const uint Needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG;
        if ((features & Needed) != Needed)
        {
            throw new IOException($"this kernel's io_uring lacks features: it has 0x{features:x}, and 0x{Needed:x} are needed (Linux 5.11 has them)", Errno.ENOSYS);
        }

        const int Header = 16;
        const int Count = 64;
        byte* probe = stackalloc byte[Header + Count * sizeof(IoUringProbeOperation)];
        new Span<byte>(probe, Header + Count * sizeof(IoUringProbeOperation)).Clear();
        int result = Register(IORING_REGISTER_PROBE, probe, Count);
        if (result < 0)
        {
            throw Errno.ToException(-result, "io_uring_register, which tells what the kernel can");
        }

        var operations = (IoUringProbeOperation*)(probe + Header);
        foreach (byte operation in (ReadOnlySpan<byte>)[IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL, IORING_OP_ACCEPT, IORING_OP_SEND, IORING_OP_RECV,
            IORING_OP_SENDMSG, IORING_OP_RECVMSG, IORING_OP_CONNECT, IORING_OP_READ, IORING_OP_WRITE])
        {
            if ((operations[operation].Flags & IO_URING_OP_SUPPORTED) == 0)
            {
                throw new IOException($"this kernel's io_uring lacks operation {operation} (linux/io_uring.h)", Errno.ENOSYS);
            }
        }
    }

    private static IOException Refused(int errno)
    {
        string remedy = errno switch
        {
            Errno.EPERM or Errno.EACCES => "; a seccomp filter, as containers have by default, or sysctl kernel.io_uring_disabled forbids it",
            Errno.ENOSYS => "; the kernel is built without it, or a seccomp filter hides it",
            Errno.ENOMEM => "; the limit of locked memory may be too low (ulimit -l)",
            _ => "",
        };
        IOException error = Errno.ToException(errno, "io_uring_setup");
        return remedy.Length == 0 ? error : new IOException(error.Message + remedy, errno);
    }
}
