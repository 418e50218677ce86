using System.Diagnostics;
using System.Runtime.InteropServices;
using Eventlet.Backends;
using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Tests.Backends;

/// <summary>
/// A kqueue for systems without one, which does what kqueue(2) of macOS and FreeBSD says of the filters that the library uses: a knote for each pair of
/// descriptor and filter, EV_CLEAR, EV_RECEIPT, EV_EOF, knotes that go when their descriptor is closed, and a queue of active knotes, first come,
/// first told, each looked at again when it is told. Readiness is real: two epoll instances underneath, since the filters know nothing of each other.
/// </summary>
internal sealed unsafe partial class FakeKqueue(short userFilter) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Knote> _knotes = [];
    private readonly Queue<Knote> _active = [];
    private readonly int _readers = Make(epoll_create1(EPOLL_CLOEXEC));
    private readonly int _writers = Make(epoll_create1(EPOLL_CLOEXEC));
    private readonly int _triggered = Make(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    private readonly byte[] _seen = GC.AllocateArray<byte>(256 * EpollEvent.MaxSize, pinned: true);
    private int _queue = -1;
    private bool _isDisposed;

    /// <summary>Errors for the calls to come, as positive numbers.</summary>
    internal Queue<int> Errors { get; } = [];

    /// <summary>Readable while something may be active. It is the caller's to close.</summary>
    internal int Open()
    {
        if (Errors.TryDequeue(out int error) && error != 0)
        {
            return -error;
        }

        _queue = Make(epoll_create1(EPOLL_CLOEXEC));
        foreach (int fd in (ReadOnlySpan<int>)[_readers, _writers, _triggered])
        {
            Assert.Equal(0, Control(_queue, EPOLL_CTL_ADD, fd, EPOLLIN, 0));
        }

        return _queue;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                foreach (int fd in (ReadOnlySpan<int>)[_readers, _writers, _triggered])
                {
                    _ = close(fd);
                }
            }
        }
    }

    internal int Call(int entrySize, Kevent* changes, int changeCount, Kevent* events, int eventCount, Timespec* timeout)
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return -Errno.EBADF;
            }

            if (Errors.TryDequeue(out int error) && error != 0)
            {
                return -error;
            }

            int answered = Apply(entrySize, changes, changeCount, events, eventCount);
            if (answered != 0 || eventCount == 0)
            {
                return answered;
            }
        }

        // itimerfix of macOS.
        if (timeout != null && (timeout->Seconds > 100_000_000 || timeout->Seconds < 0 || timeout->Nanoseconds is < 0 or > 999_999_999))
        {
            return -Errno.EINVAL;
        }

        TimeSpan limit = timeout == null ? TimeSpan.MaxValue : TimeSpan.FromSeconds(timeout->Seconds) + TimeSpan.FromTicks((timeout->Nanoseconds + 99) / 100);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (_lock)
            {
                Pull();
                int told = Tell(entrySize, events, eventCount);
                if (told > 0)
                {
                    return told;
                }
            }

            TimeSpan left = limit - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return 0;
            }

            PollFd entry = new() { Fd = _queue, Events = POLLIN };
            Timespec rest = new(left);
            int result = Errno.Result(ppoll(&entry, 1, timeout == null ? null : &rest, null));
            if (result < 0)
            {
                return result;
            }
        }
    }

    private static int Make(int fd)
    {
        Assert.True(fd >= 0);
        return fd;
    }

    private static int Control(int epoll, int operation, int fd, uint events, long data)
    {
        byte* @event = stackalloc byte[EpollEvent.MaxSize];
        EpollEvent.Write(@event, events, (ulong)data);
        return Errno.Result(epoll_ctl(epoll, operation, fd, @event));
    }

    private static short Poll(int fd, int events)
    {
        PollFd entry = new() { Fd = fd, Events = (short)events };
        return poll(&entry, 1, 0) > 0 ? entry.Revents : (short)0;
    }

    private static bool IsSocket(int fd)
    {
        int type = 0;
        uint length = sizeof(int);
        return getsockopt(fd, SOL_SOCKET, SO_TYPE, (byte*)&type, &length) == 0;
    }

    private int Apply(int entrySize, Kevent* changes, int changeCount, Kevent* answers, int answerCount)
    {
        int answered = 0;
        for (int i = 0; i < changeCount; i++)
        {
            Kevent change = *(Kevent*)((byte*)changes + (i * entrySize));
            int error = Change(change);
            if (error != 0 || (change.Flags & EV_RECEIPT) != 0)
            {
                if (answered == answerCount)
                {
                    return -error;
                }

                change.Flags |= EV_ERROR;
                change.Data = error;
                *(Kevent*)((byte*)answers + (answered++ * entrySize)) = change;
            }
        }

        return answered;
    }

    /// <summary>0 or the positive errno.</summary>
    private int Change(Kevent change)
    {
        bool isUser = change.Filter == userFilter;
        if (!isUser && change.Filter is not (EVFILT_READ or EVFILT_WRITE))
        {
            return Errno.EINVAL;
        }

        int fd = isUser ? -1 : change.Ident > int.MaxValue ? -1 : (int)change.Ident;
        if (!isUser && fcntl(fd, F_GETFD) < 0)
        {
            return Errno.EBADF;
        }

        long key = ((long)change.Filter << 32) | (uint)fd;
        if (!_knotes.TryGetValue(key, out Knote? knote))
        {
            _knotes[key] = knote = new Knote(key, fd, change.Filter);
        }

        knote.IsThere = knote.IsThere && IsAlive(knote);
        if (!knote.IsThere && (change.Flags & EV_ADD) == 0)
        {
            return Errno.ENOENT;
        }

        if ((change.Flags & EV_DELETE) != 0)
        {
            knote.IsThere = false;
            return isUser ? 0 : -Control(Epoll(knote), EPOLL_CTL_DEL, fd, 0, 0);
        }

        Assert.True((change.Flags & EV_ADD) == 0 || (change.Flags & EV_CLEAR) != 0, "this kqueue knows edges only");
        knote.UserData = change.UserData;
        return isUser ? Trigger(knote, change) : Attach(knote);
    }

    private int Trigger(Knote knote, Kevent change)
    {
        knote.IsThere = true;
        if ((change.FilterFlags & NOTE_TRIGGER) != 0)
        {
            knote.IsTriggered = true;
            Activate(knote);
            ulong one = 1;
            _ = write(_triggered, (byte*)&one, sizeof(ulong));
        }

        return 0;
    }

    private int Attach(Knote knote)
    {
        bool isRead = knote.Filter == EVFILT_READ;
        if (!isRead && (Poll(knote.Fd, POLLOUT) & POLLERR) != 0 && !IsSocket(knote.Fd))
        {
            // A pipe without a reader.
            return Errno.EPIPE;
        }

        uint events = (isRead ? EPOLLIN | EPOLLRDHUP : EPOLLOUT) | EPOLLET;
        int result = Control(Epoll(knote), knote.IsThere ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, knote.Fd, events, knote.Key);
        knote.IsThere = result == 0;
        return result == -Errno.EPERM ? Errno.ENODEV : -result;
    }

    private int Epoll(Knote knote) => knote.Filter == EVFILT_READ ? _readers : _writers;

    /// <summary>Whether the descriptor is still the one that the knote was attached to: another file, or none, can be added.</summary>
    private bool IsAlive(Knote knote)
    {
        if (knote.Filter == userFilter)
        {
            return true;
        }

        int result = Control(Epoll(knote), EPOLL_CTL_ADD, knote.Fd, 0, 0);
        if (result == 0)
        {
            Assert.Equal(0, Control(Epoll(knote), EPOLL_CTL_DEL, knote.Fd, 0, 0));
        }

        return result == -Errno.EEXIST;
    }

    private void Activate(Knote knote)
    {
        if (!knote.IsQueued)
        {
            knote.IsQueued = true;
            _active.Enqueue(knote);
        }
    }

    /// <summary>Activates what has become ready.</summary>
    private void Pull()
    {
        ulong count;
        _ = read(_triggered, (byte*)&count, sizeof(ulong));
        fixed (byte* seen = _seen)
        {
            foreach (int epoll in (ReadOnlySpan<int>)[_readers, _writers])
            {
                int result;
                do
                {
                    result = epoll_wait(epoll, seen, 256, 0);
                    for (int i = 0; i < result; i++)
                    {
                        if (_knotes.TryGetValue((long)EpollEvent.Data(seen + (i * EpollEvent.Size)), out Knote? knote) && knote.IsThere)
                        {
                            Activate(knote);
                        }
                    }
                }
                while (result == 256);
            }
        }
    }

    private int Tell(int entrySize, Kevent* events, int capacity)
    {
        int told = 0;
        while (told < capacity && _active.TryDequeue(out Knote? knote))
        {
            knote.IsQueued = false;
            knote.IsThere = knote.IsThere && IsAlive(knote);
            Kevent entry = new() { Ident = (nuint)(nint)Math.Max(knote.Fd, 0), Filter = knote.Filter, Flags = EV_CLEAR, UserData = knote.UserData };
            if (knote.IsThere && Look(knote, ref entry))
            {
                *(Kevent*)((byte*)events + (told++ * entrySize)) = entry;
            }
        }

        return told;
    }

    /// <summary>Whether the knote is active still.</summary>
    private bool Look(Knote knote, ref Kevent entry)
    {
        if (knote.Filter == userFilter)
        {
            bool was = knote.IsTriggered;
            knote.IsTriggered = false;
            return was;
        }

        short bits = Poll(knote.Fd, knote.Filter == EVFILT_READ ? POLLIN | POLLRDHUP : POLLOUT);
        if (bits == 0)
        {
            return false;
        }

        bool ends = (bits & (POLLHUP | POLLERR)) != 0 || (knote.Filter == EVFILT_READ && (bits & POLLRDHUP) != 0);
        entry.Flags |= ends ? EV_EOF : (ushort)0;
        entry.FilterFlags = (bits & POLLERR) != 0 && IsSocket(knote.Fd) ? Errno.ECONNRESET : 0u;
        return true;
    }

    private sealed class Knote(long key, int fd, short filter)
    {
        internal long Key { get; } = key;

        internal int Fd { get; } = fd;

        internal short Filter { get; } = filter;

        internal ulong UserData { get; set; }

        internal bool IsThere { get; set; }

        internal bool IsQueued { get; set; }

        internal bool IsTriggered { get; set; }
    }

    /// <summary>S_IFMT's bits of a descriptor's mode.</summary>
    internal static int FileKind(int fd)
    {
        byte* status = stackalloc byte[256];
        byte nothing = 0;
        int result = Errno.Result(statx(fd, &nothing, 0x1000, 1, status));
        return result < 0 ? result : *(ushort*)(status + 28) & Stat.S_IFMT;
    }

    [LibraryImport("libc")]
    private static partial int statx(int fd, byte* path, int flags, uint mask, byte* status);
}

/// <summary>The calls of a fake kqueue, in the layout of one of the systems.</summary>
internal readonly unsafe struct FakeKqueueCalls<TSystem>(FakeKqueue kernel) : IKqueueCalls where TSystem : struct, IKqueueSystem
{
    public static int EntrySize => TSystem.EntrySize;

    public static short UserFilter => TSystem.UserFilter;

    public int Create() => kernel.Open();

    public int Kevent(int kqueue, Kevent* changes, int changeCount, Kevent* events, int eventCount, Timespec* timeout) =>
        kernel.Call(EntrySize, changes, changeCount, events, eventCount, timeout);

    public int FileKind(int fd) => FakeKqueue.FileKind(fd);

    public bool IsTerminal(int fd) => isatty(fd) == 1;
}
