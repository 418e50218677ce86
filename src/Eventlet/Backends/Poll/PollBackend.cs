using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

/// <summary>
/// poll(2), level-triggered: the kernel keeps nothing between waits, so a wait costs time in proportion to the descriptors, while
/// registering is a store into an array (and a look whether the descriptor is open, since poll itself would tell only later, as
/// POLLNVAL). Entry 0 is the wake-up. The array stays dense: the last entry takes the place of one that leaves.
/// </summary>
internal sealed unsafe class PollBackend<TCalls> : BuiltinBackend where TCalls : struct, IPollCalls
{
    private TCalls _calls;
    private PollFd[] _entries = new PollFd[64];
    private ulong[] _tokens = new ulong[64];
    private int _count = 1;

    /// <summary>By descriptor: its entry, 0 if it has none.</summary>
    private int[] _entryOf = new int[64];

    /// <summary>The entry at which the next scan begins.</summary>
    private int _cursor = 1;

    /// <summary>Makes the wake-up.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    internal PollBackend(TCalls calls = default, Wakeup? wakeup = null) : base(wakeup)
    {
        _calls = calls;
        _entries[0] = new PollFd { Fd = Wakeup.Descriptor, Events = POLLIN };
    }

    /// <inheritdoc/>
    public override string Name => "poll";

    /// <inheritdoc/>
    public override BackendCapabilities Capabilities =>
        new() { Trigger = Trigger.Level, SeesClose = true, RegularFiles = true, OutOfBand = true, ReadEnd = PollBits.HasReadEnd };

    /// <inheritdoc/>
    public override void Register(int fd, Interest interest, ulong token)
    {
        RefuseOwn(fd);
        int flags = _calls.GetFlags(fd);
        if (flags < 0)
        {
            Unregister(fd);
            Check(flags, "poll");
        }

        Set(EntryOf(fd) is > 0 and int entry ? entry : Append(fd), interest, token);
    }

    /// <inheritdoc/>
    public override void Modify(int fd, Interest interest, ulong token)
    {
        RefuseOwn(fd);
        int entry = EntryOf(fd);
        Check(entry == 0 ? -Errno.ENOENT : 0, "poll");
        Set(entry, interest, token);
    }

    /// <inheritdoc/>
    public override void Unregister(int fd)
    {
        int entry = EntryOf(fd);
        if (entry != 0)
        {
            int last = --_count;
            _entries[entry] = _entries[last];
            _tokens[entry] = _tokens[last];
            _entryOf[_entries[entry].Fd] = entry;
            _entryOf[fd] = 0;
        }
    }

    /// <inheritdoc/>
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        ThrowIfDisposed();
        int left;
        fixed (PollFd* entries = _entries)
        {
            left = _calls.Poll(entries, _count, timeout);
        }

        if (left <= 0)
        {
            if (left == -Errno.EINVAL)
            {
                throw Errno.ToException(Errno.EINVAL, $"poll: {_count} descriptors are watched; the limit of open files (ulimit -n) may have been lowered below that");
            }

            Check(left == -Errno.EINTR ? 0 : left, "poll");
            return 0;
        }

        if (_entries[0].Revents != 0)
        {
            left--;
            Check((_entries[0].Revents & POLLNVAL) != 0 ? -Errno.EBADF : 0, "poll: the hub's wake-up was closed by somebody else");
            Wakeup.Drain();
        }

        return Collect(ready, left);
    }

    /// <summary>
    /// Begins where the last scan ran out of room, so that no descriptor is passed over twice. What is left over is not kept: it
    /// is level-triggered, and may be gone by the next wait.
    /// </summary>
    private int Collect(Span<ReadyEvent> ready, int left)
    {
        int written = 0;
        int entry = _cursor;
        for (int seen = 1; seen < _count && left > 0 && written < ready.Length; seen++, entry++)
        {
            entry = entry < _count ? entry : 1;
            ushort bits = (ushort)_entries[entry].Revents;
            if (bits != 0)
            {
                left--;
                ready[written++] = new ReadyEvent(_tokens[entry], PollBits.What(bits));
            }
        }

        _cursor = left > 0 ? entry : _cursor;
        return written;
    }

    private int EntryOf(int fd) => (uint)fd < (uint)_entryOf.Length ? _entryOf[fd] : 0;

    private int Append(int fd)
    {
        if (fd >= _entryOf.Length)
        {
            Array.Resize(ref _entryOf, Math.Max(fd + 1, _entryOf.Length * 2));
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _tokens, _count * 2);
            Array.Resize(ref _entries, _count * 2);
        }

        _entries[_count].Fd = fd;
        return _entryOf[fd] = _count++;
    }

    private void Set(int entry, Interest interest, ulong token)
    {
        _entries[entry].Events = (short)PollBits.Of(interest);
        _tokens[entry] = token;
    }
}
