using System.Runtime.CompilerServices;
using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

/// <summary>
/// kqueue(2), edge-triggered (EV_CLEAR): a socket costs one system call when it is registered and none per wait, as with epoll. Adding a filter
/// looks at readiness anew, so Register and Modify delete both filters and add those that are wanted, in one call, which also
/// tells what the registration is worth: that neither filter was there means that the kernel dropped them, silently, when the descriptor was closed.
/// <para>
/// Changes are not saved up for the next wait, where their errors would come too late for whoever asked. EV_RECEIPT gives each change its answer, in order,
/// and keeps events out of that call.
/// </para>
/// <para>
/// The two filters of a descriptor are two events. Each tells of its own direction only: EV_EOF of the reader is the end of the peer's half, EV_EOF of the
/// writer that nobody reads; so neither is a hang-up of both, and an error (in fflags) is told to both. Out-of-band data is no event. The ends of regular
/// files are not "readable" to the kernel, hence those never get there. A kqueue does not survive fork; .NET only forks to execute.
/// </para>
/// </summary>
internal sealed unsafe class KqueueBackend<TCalls> : BuiltinBackend where TCalls : struct, IKqueueCalls
{
    private const int MaxEvents = 512;
    private const int MaxChanges = 4;

    /// <summary>macOS refuses time-outs above 100,000,000 seconds; the hub waits again.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(10);

    private readonly byte[] _buffer = GC.AllocateArray<byte>(MaxEvents * TCalls.EntrySize, pinned: true);
    private readonly byte* _events;
    private readonly UnpollableFiles _files = new(Trigger.Edge);
    private TCalls _calls;

    /// <summary>Makes a kqueue.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    internal KqueueBackend(TCalls calls = default) : base(new KernelQueue<TCalls>(calls))
    {
        _calls = calls;
        _events = (byte*)Unsafe.AsPointer(ref _buffer[0]);
    }

    /// <inheritdoc/>
    public override string Name => "kqueue";

    /// <inheritdoc/>
    public override BackendCapabilities Capabilities =>
        new() { Trigger = Trigger.Edge, RegularFiles = true, ReadEnd = true };

    /// <inheritdoc/>
    public override void Register(int fd, Interest interest, ulong token) => Set(fd, interest, token, isNew: true);

    /// <inheritdoc/>
    public override void Modify(int fd, Interest interest, ulong token) => Set(fd, interest, token, isNew: _files.Contains(fd));

    /// <inheritdoc/>
    public override void Unregister(int fd)
    {
        if (!IsOwn(fd) && fd >= 0)
        {
            _files.Remove(fd);
            _ = Change(fd, Interest.None, 0, stackalloc int[MaxChanges]);
        }
    }

    /// <inheritdoc/>
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        ThrowIfDisposed();
        // Half of the room, so that files armed again and again do not keep the kernel's events out.
        int count = _files.MayBeDue ? _files.Take(ready[..((ready.Length + 1) / 2)]) : 0;
        int room = Math.Min(ready.Length - count, MaxEvents);
        int seen = room == 0 ? 0 : WaitKernel(room, count > 0 ? TimeSpan.Zero : timeout);
        Check(seen == -Errno.EINTR ? 0 : seen, "kevent");
        for (int i = 0; i < seen; i++)
        {
            Kevent* entry = Entry(_events, i);
            if (entry->Filter == TCalls.UserFilter)
            {
                Wakeup.DrainEdge();
            }
            else
            {
                ready[count++] = new ReadyEvent(entry->UserData, What(entry));
            }
        }

        return count;
    }

    private static Kevent* Entry(byte* array, int index) => (Kevent*)(array + (index * TCalls.EntrySize));

    private static Readiness What(Kevent* entry)
    {
        bool ends = (entry->Flags & EV_EOF) != 0;
        Readiness what = entry->Filter == EVFILT_READ ? Readiness.Read | (ends ? Readiness.ReadEnd : 0) : Readiness.Write;
        return what | ((ends && entry->FilterFlags != 0) || (entry->Flags & EV_ERROR) != 0 ? Readiness.Error : 0);
    }

    private void Set(int fd, Interest interest, ulong token, bool isNew)
    {
        RefuseOwn(fd);
        _files.Remove(fd);
        int kind = fd < 0 ? -Errno.EBADF : _calls.FileKind(fd);
        Check(kind, "kqueue");
        Span<int> answers = stackalloc int[MaxChanges];
        if (kind is Stat.S_IFREG or Stat.S_IFDIR or Stat.S_IFBLK)
        {
            // The number may have been another file's when it was registered.
            _ = Change(fd, Interest.None, 0, answers);
            Check(isNew ? 0 : -Errno.ENOENT, "kevent");
            _files.Arm(fd, interest, token);
            return;
        }

        int result = Change(fd, interest, token, answers);
        if (result >= 0 && !isNew && answers[0] == -Errno.ENOENT && answers[1] == -Errno.ENOENT)
        {
            result = -Errno.ENOENT;
        }

        foreach (int answer in answers[2..])
        {
            result = result < 0 || answer == -Errno.EPIPE ? result : Math.Min(result, answer);
        }

        if (result < 0)
        {
            Unregister(fd);
            if (result == -Errno.EBADF || result == -Errno.ENOENT || kind != Stat.S_IFCHR || _calls.IsTerminal(fd))
            {
                Check(result, "kevent");
            }

            // A device that does not know of waiting, such as /dev/null, is always ready, as poll has it.
            _files.Arm(fd, interest, token);
        }
        else if (answers[2..].Contains(-Errno.EPIPE))
        {
            // Nobody reads the pipe any more: a write, which fails, would not block.
            _files.Arm(fd, Interest.Write, token);
        }
    }

    /// <summary>Deletes both filters and adds those of an interest.</summary>
    /// <param name="answers">What the kernel says to each change: two deletions, then the additions; 0 or the negative errno.</param>
    private int Change(int fd, Interest interest, ulong token, Span<int> answers)
    {
        byte* changes = stackalloc byte[MaxChanges * TCalls.EntrySize];
        new Span<byte>(changes, MaxChanges * TCalls.EntrySize).Clear();
        answers.Clear();
        int count = 0;
        Add(EVFILT_READ, EV_DELETE);
        Add(EVFILT_WRITE, EV_DELETE);
        if ((interest & Interest.Read) != 0)
        {
            Add(EVFILT_READ, EV_ADD | EV_CLEAR);
        }

        if ((interest & Interest.Write) != 0)
        {
            Add(EVFILT_WRITE, EV_ADD | EV_CLEAR);
        }

        // The answers take the place of the changes.
        Timespec none = new(TimeSpan.Zero);
        int result;
        do
        {
            result = _calls.Kevent(Wakeup.Descriptor, (Kevent*)changes, count, (Kevent*)changes, count, &none);
        }
        while (result == -Errno.EINTR);

        for (int i = 0; i < result; i++)
        {
            answers[i] = -(int)Entry(changes, i)->Data;
        }

        return result < 0 ? result : 0;

        void Add(short filter, ushort flags)
        {
            Kevent* change = Entry(changes, count++);
            change->Ident = (nuint)fd;
            change->Filter = filter;
            change->Flags = (ushort)(flags | EV_RECEIPT);
            change->UserData = token;
        }
    }

    private int WaitKernel(int room, TimeSpan timeout)
    {
        Timespec limit = new(timeout < s_longest ? timeout : s_longest);
        return _calls.Kevent(Wakeup.Descriptor, null, 0, (Kevent*)_events, room, timeout == Timeout.InfiniteTimeSpan ? null : &limit);
    }
}
