using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>
/// select of Winsock, level-triggered, for sockets. Its sets are arrays of sockets, made anew for each wait; a connect that failed
/// is told in the exceptional set only, so writers are in it as well as readers. A closed socket fails the whole call with
/// WSAENOTSOCK and does not say which it was: all are asked then.
/// </summary>
internal sealed unsafe class WinsockSelectBackend : HubBackend
{
    private readonly Dictionary<nuint, (Interest Interest, ulong Token)> _sockets = [];
    private readonly Dictionary<nuint, Readiness> _seen = [];
    private readonly WinsockFdSet[] _sets = [new(), new(), new()];
    private readonly Wakeup _wakeup = new LoopbackWakeup();
    private int _cursor;
    private bool _disposed;

    /// <inheritdoc/>
    public override string Name => "select";

    /// <inheritdoc/>
    public override BackendCapabilities Capabilities => new() { Trigger = Trigger.Level, SeesClose = true };

    /// <inheritdoc/>
    public override void Register(int fd, Interest interest, ulong token)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!IsSocket(Handle(fd)))
        {
            _sockets.Remove(Handle(fd));
            throw new IOClosedException($"select: {fd} is not an open socket, and this system's select takes only those");
        }

        _sockets[Handle(fd)] = (interest, token);
    }

    /// <inheritdoc/>
    public override void Modify(int fd, Interest interest, ulong token)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_sockets.ContainsKey(Handle(fd)))
        {
            throw new IOException($"select: {fd} is not registered");
        }

        _sockets[Handle(fd)] = (interest, token);
    }

    /// <inheritdoc/>
    public override void Unregister(int fd) => _sockets.Remove(Handle(fd));

    /// <inheritdoc/>
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Fill();
        Winsock.TimeVal limit = Limit(timeout);
        int result;
        int error = 0;
        fixed (nuint* read = _sets[0].Words, write = _sets[1].Words, except = _sets[2].Words)
        {
            result = Winsock.select(0, read, write, except, timeout == Timeout.InfiniteTimeSpan ? null : &limit);
            error = result < 0 ? Marshal.GetLastSystemError() : 0;
        }

        _seen.Clear();
        if (error == Winsock.WSAENOTSOCK)
        {
            foreach (nuint socket in _sockets.Keys)
            {
                Note(socket, IsSocket(socket) ? Readiness.None : Readiness.Invalid);
            }
        }
        else if (result < 0)
        {
            return error == Winsock.WSAEINTR ? 0 : throw new IOException($"select: error {error}", error);
        }
        else if (result > 0)
        {
            Note(_sets[0], Readiness.Read);
            Note(_sets[1], Readiness.Write);
            Note(_sets[2], Readiness.Error);
        }

        return Collect(ready);
    }

    /// <inheritdoc/>
    public override void Wake() => _wakeup.Wake();

    /// <inheritdoc/>
    public override void Dispose()
    {
        _disposed = true;
        _wakeup.Dispose();
    }

    /// <summary>Rounded up to microseconds.</summary>
    internal static Winsock.TimeVal Limit(TimeSpan timeout)
    {
        long microseconds = timeout <= TimeSpan.Zero ? 0 : (timeout.Ticks - 1) / TimeSpan.TicksPerMicrosecond + 1;
        return new Winsock.TimeVal
        {
            Seconds = (int)Math.Min(microseconds / 1_000_000, int.MaxValue),
            Microseconds = (int)(microseconds % 1_000_000),
        };
    }

    /// <summary>A SOCKET has 32 significant bits, as every handle; the contract's number is an int.</summary>
    private static nuint Handle(int fd) => (uint)fd;

    private static bool IsSocket(nuint socket)
    {
        int type = 0;
        int length = sizeof(int);
        return Winsock.getsockopt(socket, Winsock.SOL_SOCKET, Winsock.SO_TYPE, (byte*)&type, &length) == 0;
    }

    private void Fill()
    {
        foreach (WinsockFdSet set in _sets)
        {
            set.Clear();
        }

        _sets[0].Add(Handle(_wakeup.Descriptor));
        foreach ((nuint socket, (Interest interest, _)) in _sockets)
        {
            if ((interest & Interest.Read) != 0)
            {
                _sets[0].Add(socket);
            }

            if ((interest & Interest.Write) != 0)
            {
                _sets[1].Add(socket);
            }

            _sets[2].Add(socket);
        }
    }

    private void Note(WinsockFdSet set, Readiness what)
    {
        for (int i = 0; i < set.Count; i++)
        {
            Note(set[i], what);
        }
    }

    private void Note(nuint socket, Readiness what)
    {
        if (socket == Handle(_wakeup.Descriptor))
        {
            _wakeup.Drain();
        }
        else if (what != Readiness.None)
        {
            _seen[socket] = _seen.GetValueOrDefault(socket) | what;
        }
    }

    /// <summary>Skips those that the last wait had room for, if there was no room for all.</summary>
    private int Collect(Span<ReadyEvent> ready)
    {
        int written = 0;
        int skip = _cursor < _seen.Count ? _cursor : 0;
        int index = 0;
        foreach ((nuint socket, Readiness what) in _seen)
        {
            if (index++ >= skip && written < ready.Length)
            {
                ready[written++] = new ReadyEvent(_sockets[socket].Token, what);
            }
        }

        _cursor = skip + written < _seen.Count ? skip + written : 0;
        return written;
    }
}
