using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>
/// io_uring(7): one call hands over all that a turn has asked for, runs what is pending and waits. Its readiness face is one-shot: a poll is
/// submitted when somebody waits and ends with its event, so a trampoline costs one submission and nothing to take back; a multishot one would have
/// to be cancelled each time, since a poll that is pending pins its file: closing the descriptor neither ends it nor tells the peer. So what
/// is in flight is cancelled, and seen to have ended, before <see cref="Unregister"/> returns, and nothing stays in flight when the loop is left.
/// </summary>
/// <remarks>
/// Nothing is submitted before Wait, which therefore is the only place where a number of a descriptor becomes a file. The wake-up is an eventfd
/// under a multishot poll, which any thread can write; a message between rings would need a ring of the waker's own. A ring belongs to the thread
/// that uses it first; used by another one, with nothing but polls in flight, it is made anew.
/// </remarks>
internal sealed unsafe partial class IoUringBackend<TCalls> : BuiltinBackend, ICompletions where TCalls : struct, IIoUringCalls
{
    private static readonly (uint, uint) s_entries = (512, 4096);

    /// <summary>What the kernel may still write to when a backend is dropped whose ring would not let go: never freed.</summary>
    private static readonly HashSet<object> s_lost = [];

    private readonly (uint, uint) _entries;
    private readonly IoUringSlots _slots = new();
    private readonly Queue<IoUringCqe> _arrived = new(64);
    private IoUringRing<TCalls> _ring;
    private IoUringBufferRing? _buffers;
    private Thread? _thread;
    private readonly int _wake;
    private int[] _pollOf = new int[64];
    private ulong[] _due = new ulong[64];
    private int _dueCount;
    private int _inFlight;
    private TCalls _calls;

    /// <summary>Makes a ring and its wake-up.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    internal IoUringBackend(TCalls calls = default, (uint, uint)? entries = null, Wakeup? wakeup = null) : base(wakeup)
    {
        _calls = calls;
        _entries = entries ?? s_entries;
        try
        {
            _ring = new IoUringRing<TCalls>(_calls, _entries);
            _buffers = IoUringBufferRing.TryRegister(_ring);
        }
        catch
        {
            Wakeup.Dispose();
            throw;
        }

        _wake = _slots.Rent(IoUringKind.Wake);
        MakeDue(_wake);
    }

    /// <inheritdoc/>
    public override string Name => "io_uring";

    /// <inheritdoc/>
    internal override string Details => $"{base.Details}, {_ring.Mode} completions, {(_buffers is null ? "receives into pinned memory" : "buffers chosen by the kernel")}";

    /// <inheritdoc/>
    internal override ICompletions Completions => this;

    /// <inheritdoc/>
    public override BackendCapabilities Capabilities =>
        new() { Trigger = Trigger.OneShot, RegularFiles = true, ReadEnd = true };

    /// <inheritdoc/>
    public override void Register(int fd, Interest interest, ulong token)
    {
        RefuseOurs(fd);
        Look(fd);
        int number = PollOf(fd);
        if (number == 0)
        {
            number = _slots.Rent(IoUringKind.Poll);
            Remember(fd, number);
        }

        Arm(number, fd, interest, token);
    }

    /// <inheritdoc/>
    public override void Modify(int fd, Interest interest, ulong token)
    {
        RefuseOurs(fd);
        int number = PollOf(fd);
        Check(number == 0 ? -Errno.ENOENT : 0, "io_uring");
        Look(fd);
        Arm(number, fd, interest, token);
    }

    /// <inheritdoc/>
    public override void Unregister(int fd)
    {
        int number = PollOf(fd);
        if (number == 0)
        {
            return;
        }

        _pollOf[fd] = 0;
        try
        {
            Disarm(number);
        }
        catch (IOException)
        {
            // The ring is broken, which Wait will tell; what comes of the poll all the same is stale.
        }

        _slots.Return(number);
    }

    /// <inheritdoc/>
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        ThrowIfDisposed();
        Bind();
        if (_dueCount > 0)
        {
            SubmitDue();
        }

        if (_arrived.Count > 0 || _ring.HasCompletions)
        {
            timeout = TimeSpan.Zero;
        }

        if (_holdsSockets)
        {
            // A socket that is disposed meanwhile waits until it is held no longer.
            Enter(TimeSpan.Zero);
            timeout = _ring.HasCompletions ? TimeSpan.Zero : timeout;
        }

        if (timeout > TimeSpan.Zero || timeout == Timeout.InfiniteTimeSpan || _ring.HasSubmissions || _ring.NeedsCall)
        {
            Enter(timeout);
        }

        int count = 0;
        while (count < ready.Length && TryTake(out IoUringCqe completion))
        {
            count += Look(completion, ready[count..]);
        }

        return count;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        DropHeld();
        _ring.Dispose();
        _buffers?.Dispose();
        KeepWhatTheKernelHas();
        _pollOf = [];
    }

    private void RefuseOurs(int fd)
    {
        RefuseOwn(fd);
        if (fd == _ring.Descriptor)
        {
            throw new IOException($"{Name}: descriptor {fd} is the hub's own");
        }
    }

    /// <summary>Throws for a number that is not open, as no other call of this turn would, and forgets what was known of it.</summary>
    private void Look(int fd)
    {
        int flags = _calls.GetFlags(fd);
        if (flags < 0)
        {
            Unregister(fd);
            Check(flags, "io_uring");
        }
    }

    private int PollOf(int fd) => (uint)fd < (uint)_pollOf.Length ? _pollOf[fd] : 0;

    private void Remember(int fd, int number)
    {
        if (fd >= _pollOf.Length)
        {
            Array.Resize(ref _pollOf, Math.Max(fd + 1, _pollOf.Length * 2));
        }

        _pollOf[fd] = number;
    }

    private void Arm(int number, int fd, Interest interest, ulong token)
    {
        Disarm(number);
        ref IoUringSlot slot = ref _slots[number];
        slot.Fd = fd;
        slot.Interest = interest;
        slot.Token = token;
        slot.Flags = 0;
        MakeDue(number);
    }

    /// <summary>Ends a registration's poll. An event of it that has come already is dropped: arming again reports it anew.</summary>
    private void Disarm(int number)
    {
        if (_slots[number].Stage is IoUringStage.InFlight or IoUringStage.Arrived)
        {
            _ = TakeBack(number);
        }

        _slots[number].Stage = _slots[number].Stage == IoUringStage.Due ? IoUringStage.Due : IoUringStage.Idle;
    }

    /// <summary>A ring that is closed lets go of its operations some time later, and tells nobody.</summary>
    private void KeepWhatTheKernelHas()
    {
        for (int number = 1; number < _slots.Limit; number++)
        {
            if (_slots[number] is { Stage: IoUringStage.InFlight, Kind: not (IoUringKind.Wake or IoUringKind.Poll) })
            {
                lock (s_lost)
                {
                    s_lost.Add(this);
                }

                return;
            }
        }
    }
}
