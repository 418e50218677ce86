using System.Runtime.CompilerServices;
using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

/// <summary>
/// epoll(7), edge-triggered: a descriptor costs one system call when it is registered and none per wait. The kernel tells each
/// arrival of readiness once, and on ADD and MOD tells what is there already. EPOLLRDHUP makes the end of the peer's half an edge
/// of its own, which a reader that skipped its last read after a short one needs; it ends no writer's wait, unlike EPOLLHUP.
/// The kernel drops a registration when the last descriptor of the open file is closed, silently: MOD then fails with ENOENT
/// or EBADF. What does not fit one wait stays at the head of the kernel's list, so nothing starves.
/// </summary>
internal sealed unsafe class EpollBackend<TCalls> : BuiltinBackend where TCalls : struct, IEpollCalls
{
    /// <summary>The wake-up's own; the loop must not use it.</summary>
    internal const ulong WakeToken = ulong.MaxValue;

    private const int MaxEvents = 512;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(MaxEvents * EpollEvent.MaxSize, pinned: true);
    private readonly byte* _events;
    private readonly UnpollableFiles _files = new(Trigger.Edge);
    private readonly FileDescriptorHandle _epoll;
    private readonly bool _nanoseconds;
    private TCalls _calls;

    /// <summary>Makes an epoll instance and its wake-up.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    internal EpollBackend(TCalls calls = default, Wakeup? wakeup = null) : base(wakeup)
    {
        _calls = calls;
        _events = (byte*)Unsafe.AsPointer(ref _buffer[0]);
        _epoll = new FileDescriptorHandle(-1);
        try
        {
            int epoll = _calls.Create();
            Check(epoll, "epoll_create1");
            _epoll = new FileDescriptorHandle(epoll);
            Check(Control(EPOLL_CTL_ADD, Wakeup.Descriptor, EPOLLIN | EPOLLET, WakeToken), "epoll_ctl");
        }
        catch
        {
            Dispose();
            throw;
        }

        // Not by version: a kernel or a sandbox without the call says ENOSYS or EPERM.
        _nanoseconds = _calls.Wait(_epoll.Value, _events, 1, new Timespec(TimeSpan.Zero)) >= 0;
    }

    /// <inheritdoc/>
    public override string Name => "epoll";

    /// <inheritdoc/>
    public override BackendCapabilities Capabilities =>
        new() { Trigger = Trigger.Edge, RegularFiles = true, OutOfBand = true, ReadEnd = true };

    /// <inheritdoc/>
    internal override string Details => $"{base.Details}, time-outs in {(_nanoseconds ? "nanoseconds (epoll_pwait2)" : "milliseconds")}";

    /// <inheritdoc/>
    public override void Register(int fd, Interest interest, ulong token)
    {
        RefuseOwn(fd);
        _files.Remove(fd);
        int result = Control(EPOLL_CTL_ADD, fd, PollBits.Of(interest) | EPOLLET, token);
        if (result == -Errno.EEXIST)
        {
            result = Control(EPOLL_CTL_MOD, fd, PollBits.Of(interest) | EPOLLET, token);
        }

        if (result == -Errno.EPERM)
        {
            _files.Arm(fd, interest, token);
            return;
        }

        Check(result, "epoll_ctl");
    }

    /// <inheritdoc/>
    public override void Modify(int fd, Interest interest, ulong token)
    {
        if (_files.Contains(fd))
        {
            // Not from memory: the number may have been closed, or become a socket's.
            Register(fd, interest, token);
            return;
        }

        RefuseOwn(fd);
        Check(Control(EPOLL_CTL_MOD, fd, PollBits.Of(interest) | EPOLLET, token), "epoll_ctl");
    }

    /// <inheritdoc/>
    public override void Unregister(int fd)
    {
        if (!_files.Remove(fd) && !IsOwn(fd))
        {
            _ = Control(EPOLL_CTL_DEL, fd, 0, 0);
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
        Check(seen == -Errno.EINTR ? 0 : seen, "epoll_wait");
        byte* end = _events + Math.Max(seen, 0) * EpollEvent.Size;
        for (byte* at = _events; at < end; at += EpollEvent.Size)
        {
            ulong token = EpollEvent.Data(at);
            if (token == WakeToken)
            {
                Wakeup.DrainEdge();
            }
            else
            {
                ready[count++] = new ReadyEvent(token, PollBits.What(EpollEvent.Events(at)));
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _epoll.Dispose();
    }

    private int Control(int operation, int fd, uint events, ulong token)
    {
        byte* @event = stackalloc byte[EpollEvent.MaxSize];
        EpollEvent.Write(@event, events, token);
        return _calls.Control(_epoll.Value, operation, fd, @event);
    }

    private int WaitKernel(int room, TimeSpan timeout) =>
        _nanoseconds && timeout > TimeSpan.Zero
            ? _calls.Wait(_epoll.Value, _events, room, new Timespec(timeout))
            : _calls.Wait(_epoll.Value, _events, room, Timespec.Milliseconds(timeout));
}
