using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eventlet.Interop;
using static Eventlet.Interop.Libevent;

namespace Eventlet.Backends;

/// <summary>
/// libevent 2.1: a base per hub, one persistent event per descriptor. Level-triggered, because all of libevent's methods are, and which one it picks is
/// its own affair; an edge would need epoll or kqueue below. The callbacks are native function pointers that only write into the span of
/// the present Wait; when that is full they break the loop, and what is active but untold stays in libevent's own queue, first come, first told.
/// Removing an event takes it out of that queue too, so nothing stale comes out of it.
/// <para>
/// Other threads wake it by a descriptor of ours in the base. libevent's own way (event_active) needs its thread support, which is another library and a
/// setting of the whole process, to be made before anybody's first base; and the base would take locks at every step.
/// </para>
/// <para>
/// libevent knows a file by its number, and takes one that was closed and handed out again for what it was. If the old file lives on under another number, below it
/// epoll goes on telling of that one, by the old number, and cannot be told to stop. So it is noted which file a number means, and where that has changed under
/// an event the base is made anew: a new epoll knows of open numbers only. (Two eventfds cannot be told apart; then readiness may be reported spuriously.)
/// </para>
/// </summary>
internal sealed unsafe class LibeventBackend : BuiltinBackend
{
    /// <summary>kqueue, below it, refuses longer waits on some systems; the hub waits again.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(10);

    private readonly string[] _avoid;
    private readonly UnpollableFiles _files = new(Trigger.Level);
    private readonly short _readEvents = EV_READ;
    private LibeventBase _base;
    private Watch* _timer;

    /// <summary>Makes a base and its wake-up.</summary>
    /// <param name="avoid">Methods that libevent must not use; none by default: it picks the best.</param>
    /// <exception cref="IOException">The system refused.</exception>
    internal LibeventBackend(params ReadOnlySpan<string> avoid) : base(wakeup: null)
    {
        _avoid = avoid.ToArray();
        try
        {
            LibeventLibrary.Load();
            _base = new LibeventBase(avoid);
        }
        catch
        {
            base.Dispose();
            throw;
        }

        try
        {
            Prepare(_base);
        }
        catch
        {
            Dispose();
            throw;
        }

        if ((event_base_get_features(_base.Value) & EV_FEATURE_EARLY_CLOSE) != 0)
        {
            _readEvents |= EV_CLOSED;
        }
    }

    /// <inheritdoc/>
    public override string Name => "libevent";

    /// <inheritdoc/>
    public override BackendCapabilities Capabilities =>
        new() { Trigger = Trigger.Level, RegularFiles = true, ReadEnd = (_readEvents & EV_CLOSED) != 0 };

    /// <inheritdoc/>
    internal override string Details => $"{base.Details}, libevent {LibeventLibrary.Version} on its method {Method}";

    /// <summary>What libevent multiplexes with, e.g. "epoll".</summary>
    internal string Method => _base.Method;

    /// <inheritdoc/>
    public override void Register(int fd, Interest interest, ulong token)
    {
        RefuseOwn(fd);
        _files.Remove(fd);
        int result = FileIdentity.Of(fd, out FileIdentity file);
        if (result < 0)
        {
            Unregister(fd);
            Check(result, "libevent");
        }

        Watch* watch = _base.Of(fd);
        bool isAnother = watch->IsAdded && watch->File != file;
        Remove(watch);
        if (isAnother)
        {
            Renew();
            watch = _base.Of(fd);
        }

        watch->File = file;
        short what = (short)(((interest & Interest.Read) == 0 ? 0 : _readEvents) | ((interest & Interest.Write) == 0 ? 0 : EV_WRITE) | EV_PERSIST);
        watch->Token = token;
        _ = event_assign(Watch.Event(watch), _base.Value, fd, what, &OnReady, watch);
        result = IsAlwaysReady(fd) ? -Errno.EPERM : Add(Watch.Event(watch), null);
        if (result == -Errno.EPERM)
        {
            _files.Arm(fd, interest, token);
            return;
        }

        Check(result, "libevent: event_add");
        watch->IsAdded = true;
    }

    /// <inheritdoc/>
    public override void Modify(int fd, Interest interest, ulong token)
    {
        RefuseOwn(fd);
        Watch* watch = _base.Find(fd);
        bool isAdded = watch != null && watch->IsAdded;
        if (isAdded && (FileIdentity.Of(fd, out FileIdentity file) < 0 || file != watch->File))
        {
            Unregister(fd);
            isAdded = false;
        }

        Check(_files.Contains(fd) || isAdded ? 0 : -Errno.ENOENT, "libevent");
        Register(fd, interest, token);
    }

    /// <inheritdoc/>
    public override void Unregister(int fd)
    {
        if (IsOwn(fd) || _files.Remove(fd))
        {
            return;
        }

        Watch* watch = _base.Find(fd);
        if (watch != null && watch->IsAdded)
        {
            FileIdentity old = watch->File;
            Remove(watch);
            if (FileIdentity.Of(fd, out FileIdentity file) < 0 || file != old)
            {
                Renew();
            }
        }
    }

    /// <inheritdoc/>
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        ThrowIfDisposed();
        // Half of the room, so that files, which are always ready, do not keep the others out.
        int count = _files.MayBeDue ? _files.Take(ready[..((ready.Length + 1) / 2)]) : 0;
        return count == ready.Length ? count : count + Loop(ready[count..], count > 0 ? TimeSpan.Zero : timeout);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // First, as the wake-up's descriptor is in it.
        _base.Dispose();
        base.Dispose();
    }

    private void Prepare(LibeventBase made)
    {
        Watch* wake = made.Of(Wakeup.Descriptor);
        _ = event_assign(Watch.Event(wake), made.Value, Wakeup.Descriptor, EV_READ | EV_PERSIST, &OnWake, wake);
        Check(Add(Watch.Event(wake), null), "libevent: event_add of the wake-up");
        _timer = made.Timer;
        _ = event_assign(Watch.Event(_timer), made.Value, -1, 0, &OnTime, _timer);
    }

    /// <summary>Moves to a new base. If the system has none to give, the old one stays, and what it tells of a file that is gone is spurious.</summary>
    private void Renew()
    {
        LibeventBase old = _base;
        LibeventBase made;
        try
        {
            made = new LibeventBase(_avoid);
        }
        catch (IOException)
        {
            return;
        }

        Watch* timer = _timer;
        try
        {
            Prepare(made);
            for (int fd = 0; fd < old.Limit; fd++)
            {
                Watch* from = old.Find(fd);
                if (from != null && from->IsAdded)
                {
                    Watch* to = made.Of(fd);
                    to->Token = from->Token;
                    to->File = from->File;
                    to->IsAdded = true;
                    _ = event_assign(Watch.Event(to), made.Value, fd, event_get_events(Watch.Event(from)), &OnReady, to);

                    // One that is closed by now is silent in the new base, as it was in the old one.
                    _ = Add(Watch.Event(to), null);
                }
            }
        }
        catch (IOException)
        {
            _timer = timer;
            made.Dispose();
            return;
        }

        _base = made;
        old.Dispose();
    }

    private int Loop(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        int flags = EVLOOP_ONCE;
        bool isTimed = false;
        LibeventLibrary.ClearError();
        if (timeout > TimeSpan.Zero)
        {
            // One microsecond more: libevent cuts its clock to those.
            Timeval limit = new((timeout < s_longest ? timeout : s_longest) + TimeSpan.FromMicroseconds(1));
            Check(Add(Watch.Event(_timer), &limit), "libevent: event_add of a timer");
            isTimed = true;
        }
        else if (timeout != Timeout.InfiniteTimeSpan)
        {
            flags |= EVLOOP_NONBLOCK;
        }

        Batch* batch = _base.Batch;
        int result;
        int count;
        fixed (ReadyEvent* at = ready)
        {
            batch->Next = at;
            batch->End = at + ready.Length;
            batch->IsWoken = false;
            result = event_base_loop(_base.Value, flags);
            count = (int)(batch->Next - at);
            batch->Next = batch->End = null;
        }

        if (isTimed)
        {
            _ = event_del(Watch.Event(_timer));
        }

        if (batch->IsWoken)
        {
            Wakeup.Drain();
        }

        return result < 0 ? FindClosed(ready) : count;
    }

    /// <summary>Where libevent uses select, one descriptor that was closed behind the hub's back fails the whole wait and is not named.</summary>
    private int FindClosed(Span<ReadyEvent> ready)
    {
        int error = LibeventLibrary.LastError();
        int count = 0;
        for (int fd = 0; error == Errno.EBADF && fd < _base.Limit && count < ready.Length; fd++)
        {
            Watch* watch = _base.Find(fd);
            if (watch != null && watch->IsAdded && Libc.fcntl(fd, Libc.F_GETFD) < 0)
            {
                ready[count++] = new ReadyEvent(watch->Token, Readiness.Invalid);
            }
        }

        Check(count == 0 ? -error : 0, "libevent: event_base_loop");
        return count;
    }

    /// <summary>epoll refuses such a file by EPERM, and libevent's poll and select take it; kqueue takes it and calls it ready only before its end.</summary>
    private static bool IsAlwaysReady(int fd) =>
        !OperatingSystem.IsLinux() && Stat.Kind(fd) is Stat.S_IFREG or Stat.S_IFDIR or Stat.S_IFBLK;

    /// <summary>event_add, with the error number that its warning had.</summary>
    private static int Add(void* @event, Timeval* timeout)
    {
        LibeventLibrary.ClearError();
        return event_add(@event, timeout) == 0 ? 0 : -LibeventLibrary.LastError();
    }

    private static void Remove(Watch* watch)
    {
        if (watch != null && watch->IsAdded)
        {
            watch->IsAdded = false;
            _ = event_del(Watch.Event(watch));
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnReady(int fd, short what, void* argument)
    {
        Watch* watch = (Watch*)argument;
        Batch* batch = watch->Batch;
        Readiness seen =
            ((what & (EV_READ | EV_CLOSED)) == 0 ? 0 : Readiness.Read)
            | ((what & EV_WRITE) == 0 ? 0 : Readiness.Write)
            | ((what & EV_CLOSED) == 0 ? 0 : Readiness.ReadEnd);
        *batch->Next++ = new ReadyEvent(watch->Token, seen);
        if (batch->Next == batch->End)
        {
            _ = event_base_loopbreak(batch->Base);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnWake(int fd, short what, void* argument) => ((Watch*)argument)->Batch->IsWoken = true;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnTime(int fd, short what, void* argument)
    {
        // That the loop returns is all.
    }
}
