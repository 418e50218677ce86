using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eventlet;

namespace Samples;

/// <summary>A hub on libuv. It is level-triggered: what is ready is reported at every Wait, so nothing needs to be kept from one to the next.</summary>
public sealed unsafe class UvBackend : HubBackend
{
    private const int F_GETFD = 1, F_GETFL = 3, F_SETFL = 4;

    [ThreadStatic]
    private static UvBackend? t_waiting;

    private readonly Lock _wakeLock = new();
    private readonly void* _loop = NativeMemory.AllocZeroed(Uv.uv_loop_size());
    private readonly void* _wake = NewHandle(Uv.Async);
    private readonly void* _timer = NewHandle(Uv.Timer);
    private readonly Dictionary<int, (nint Handle, Interest Interest, ulong Token)> _watched = [];
    private readonly List<int> _files = [], _fresh = [];
    private readonly List<ReadyEvent> _seen = [];
    private int _cursor;
    private bool _returns, _disposed;

    public UvBackend()
    {
        Check(Uv.uv_loop_init(_loop));
        Check(Uv.uv_async_init(_loop, _wake, &OnReturn));
        Check(Uv.uv_timer_init(_loop, _timer));
    }

    public override string Name => "libuv";

    public override BackendCapabilities Capabilities => new() { Trigger = Trigger.Level, RegularFiles = true };

    public override void Register(int fd, Interest interest, ulong token)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Unregister(fd);
        int mode = Uv.fcntl(fd, F_GETFL, 0);
        void* handle = NewHandle(Uv.Poll);
        int error = Uv.uv_poll_init(_loop, handle, fd);
        if (error < 0)
        {
            NativeMemory.Free(handle);                                  // it was refused, so it is not libuv's
            Check(error == Uv.EPERM ? 0 : error);
            handle = null;                                              // a regular file: always ready, says POSIX
            _files.Add(fd);
        }
        else
        {
            _ = Uv.fcntl(fd, F_SETFL, mode);                            // libuv has made it non-blocking; it is not ours
            Uv.uv_handle_set_data(handle, fd);
        }

        _watched[fd] = ((nint)handle, interest, token);
        Start(fd, handle, interest);
    }

    public override void Modify(int fd, Interest interest, ulong token)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_watched.ContainsKey(fd))
        {
            throw new IOException($"libuv: descriptor {fd} is not registered");
        }

        Register(fd, interest, token);                                  // not uv_poll_start: see the text on numbers that are used again
    }

    public override void Unregister(int fd)
    {
        if (_watched.Remove(fd, out var gone) && gone.Handle != 0)
        {
            Uv.uv_close((void*)gone.Handle, &OnClosed);
        }
        else
        {
            _files.Remove(fd);
        }
    }

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        DropClosed();
        _seen.Clear();
        foreach (int fd in _files)
        {
            _seen.Add(new ReadyEvent(_watched[fd].Token, (Readiness)_watched[fd].Interest));
        }

        bool polls = _seen.Count > 0 || (timeout <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan);
        if (!polls && timeout != Timeout.InfiniteTimeSpan)
        {
            Uv.uv_update_time(_loop);                                   // one more: its clock counts whole milliseconds
            _ = Uv.uv_timer_start(_timer, &OnReturn, (ulong)Math.Ceiling(timeout.TotalMilliseconds) + 1, 0);
        }

        t_waiting = this;
        _returns = polls;
        do
        {
            _ = Uv.uv_run(_loop, polls ? Uv.RunNoWait : Uv.RunOnce);
        }
        while (_seen.Count == 0 && !_returns);                          // libuv returns early when a handle was closed
        _ = Uv.uv_timer_stop(_timer);
        return Take(ready);
    }

    public override void Wake()
    {
        lock (_wakeLock)
        {
            _ = _disposed ? 0 : Uv.uv_async_send(_wake);
        }
    }

    public override void Dispose()
    {
        lock (_wakeLock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        _watched.Keys.ToList().ForEach(Unregister);
        Uv.uv_close(_wake, &OnClosed);
        Uv.uv_close(_timer, &OnClosed);
        _ = Uv.uv_run(_loop, Uv.RunNoWait);                             // frees the handles
        _ = Uv.uv_loop_close(_loop);
        NativeMemory.Free(_loop);
    }

    /// <summary>More than fits is taken in rotation: each Wait begins where the last one ended.</summary>
    private int Take(Span<ReadyEvent> ready)
    {
        int count = Math.Min(ready.Length, _seen.Count);
        _cursor = count == _seen.Count ? 0 : _cursor;
        for (int i = 0; i < count; i++)
        {
            ready[i] = _seen[_cursor++ % _seen.Count];
        }

        return count;
    }

    private void Start(int fd, void* handle, Interest interest)
    {
        int events = ((interest & Interest.Read) != 0 ? Uv.Readable | Uv.Prioritized : 0) | ((interest & Interest.Write) != 0 ? Uv.Writable : 0);
        if (handle != null)
        {
            Check(Uv.uv_poll_start(handle, events, &OnPoll));
            _fresh.Add(fd);
        }
    }

    /// <summary>libuv tells the kernel of new handles in the next run, and aborts the process if one was closed meanwhile.</summary>
    private void DropClosed()
    {
        foreach (int fd in _fresh)
        {
            if (Uv.fcntl(fd, F_GETFD, 0) < 0)
            {
                Unregister(fd);
            }
        }

        _fresh.Clear();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnPoll(void* handle, int error, int events)
    {
        int fd = (int)Uv.uv_handle_get_data(handle);
        var (_, interest, token) = t_waiting!._watched[fd];
        Readiness what = ((events & (Uv.Readable | Uv.Prioritized)) != 0 ? Readiness.Read : 0) | ((events & Uv.Writable) != 0 ? Readiness.Write : 0)
            | (error < 0 ? Readiness.Error : 0);
        t_waiting._seen.Add(new ReadyEvent(token, what));
        if (error < 0)
        {
            t_waiting.Start(fd, handle, interest);                      // libuv has stopped it, which a level does not
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnReturn(void* handle) => t_waiting!._returns = true;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnClosed(void* handle) => NativeMemory.Free(handle);

    private static void* NewHandle(int type) => NativeMemory.AllocZeroed(Uv.uv_handle_size(type));

    private static void Check(int error)
    {
        if (error < 0)
        {
            string text = $"libuv: {Marshal.PtrToStringUTF8(Uv.uv_strerror(error))}";
            throw error == Uv.EBADF ? new IOClosedException(text) : new IOException(text, -error);
        }
    }
}
