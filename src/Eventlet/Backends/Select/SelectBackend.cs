using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>
/// select(2) as every Unix has it, level-triggered, with sets of its own that grow with the highest descriptor: two to wait for,
/// and three that the kernel answers in. A closed descriptor fails the whole call with EBADF and does not say which it was, so all
/// are looked at then, and the closed ones reported. Readers are in the exceptional set too (out-of-band data).
/// </summary>
internal sealed unsafe class SelectBackend<TCalls> : BuiltinBackend where TCalls : struct, ISelectCalls
{
    private readonly SelectTable _table;
    private TCalls _calls;

    /// <summary>The descriptor at which the next scan begins.</summary>
    private int _cursor;

    /// <summary>Makes the wake-up.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    internal SelectBackend(TCalls calls = default, int? maxDescriptor = null, Wakeup? wakeup = null) : base(wakeup)
    {
        _calls = calls;
        _table = new SelectTable(maxDescriptor);
        try
        {
            _table.Set(Wakeup.Descriptor, Interest.Read, 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => "select";

    /// <inheritdoc/>
    public override BackendCapabilities Capabilities =>
        new() { Trigger = Trigger.Level, SeesClose = true, RegularFiles = true, OutOfBand = true, MaxDescriptor = _table.MaxDescriptor };

    /// <inheritdoc/>
    public override void Register(int fd, Interest interest, ulong token)
    {
        RefuseOwn(fd);
        int flags = _calls.GetFlags(fd);
        if (flags < 0)
        {
            Unregister(fd);
            Check(flags, "select");
        }

        _table.Set(fd, interest, token);
    }

    /// <inheritdoc/>
    public override void Modify(int fd, Interest interest, ulong token)
    {
        RefuseOwn(fd);
        Check(_table.Contains(fd) ? 0 : -Errno.ENOENT, "select");
        _table.Set(fd, interest, token);
    }

    /// <inheritdoc/>
    public override void Unregister(int fd)
    {
        if (!IsOwn(fd))
        {
            _table.Remove(fd);
        }
    }

    /// <inheritdoc/>
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        ThrowIfDisposed();
        DescriptorSet[] answers = _table.CopyToAnswers();
        int result;
        fixed (nuint* read = answers[0].Words, write = answers[1].Words, except = answers[2].Words)
        {
            result = _calls.Select(_table.Limit, read, write, except, timeout);
        }

        if (result == -Errno.EBADF)
        {
            Check(_calls.GetFlags(Wakeup.Descriptor), "select: the hub's wake-up was closed by somebody else");
            return Collect(ready, _table.Wanted, sweep: true);
        }

        if (result <= 0)
        {
            Check(result == -Errno.EINTR ? 0 : result, "select");
            return 0;
        }

        if (answers[0][Wakeup.Descriptor])
        {
            Wakeup.Drain();
        }

        return Collect(ready, answers, sweep: false);
    }

    /// <summary>
    /// Goes once round, beginning where the last scan ran out of room, so that no descriptor is passed over twice; sweeping, it
    /// reports what is wanted but closed, else the answers. What is left over is seen again by the next wait.
    /// </summary>
    private int Collect(Span<ReadyEvent> ready, ReadOnlySpan<DescriptorSet> sets, bool sweep)
    {
        int written = 0;
        int start = _cursor;
        for (int pass = 0; pass < 2; pass++)
        {
            int end = pass == 0 ? _table.Limit : start;
            for (int fd = pass == 0 ? start : 0; (fd = DescriptorSet.Next(sets, fd, end)) < end; fd++)
            {
                Readiness what = fd == Wakeup.Descriptor ? 0 : sweep ? Sweep(fd) : _table.Answer(fd);
                if (what != 0 && written == ready.Length)
                {
                    _cursor = fd;
                    return written;
                }

                if (what != 0)
                {
                    ready[written++] = new ReadyEvent(_table.Token(fd), what);
                }
            }
        }

        return written;
    }

    private Readiness Sweep(int fd) => _calls.GetFlags(fd) < 0 ? Readiness.Invalid : 0;
}
