using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Conformance;

// Each breaks one promise of HubBackend.

/// <summary>Every wake-up is lost.</summary>
internal sealed class ForgetsWakeUps(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private int _forgotten;
    private volatile bool _sleeps;

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        _sleeps = timeout == Timeout.InfiniteTimeSpan;
        Interlocked.MemoryBarrier();
        int count = _sleeps && Volatile.Read(ref _forgotten) > 0 && !Mischief.IsReleased ? Mischief.Hang() : base.Wait(ready, timeout);
        _sleeps = false;
        return count;
    }

    public override void Wake()
    {
        Interlocked.Increment(ref _forgotten);
        Mischief.OnWake();
        if (_sleeps)
        {
            Mischief.SayHung();
        }

        if (Mischief.IsReleased)
        {
            base.Wake();
        }
    }
}

/// <summary>A wake-up during Wait works, one before it is lost.</summary>
internal sealed class WakesOnlyWhoSleeps(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private bool _lost;
    private volatile bool _inside;

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan && _lost && !Mischief.IsReleased)
        {
            return Mischief.Hang();
        }

        _inside = true;
        int count = base.Wait(ready, timeout);
        _inside = false;
        return count;
    }

    public override void Wake()
    {
        _lost |= !_inside;
        Mischief.OnWake();
        if (_inside || Mischief.IsReleased)
        {
            base.Wake();
        }
    }
}

/// <summary>Each of many wake-ups ends a Wait of its own.</summary>
internal sealed class CountsWakeUps(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private int _pending;

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        if (Volatile.Read(ref _pending) > 0)
        {
            Interlocked.Decrement(ref _pending);
            timeout = TimeSpan.Zero;
        }

        return base.Wait(ready, timeout);
    }

    public override void Wake()
    {
        Interlocked.Increment(ref _pending);
        base.Wake();
    }
}

internal sealed class ReportsWakeUps(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private bool _woken;

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        int count = base.Wait(ready, timeout);
        if (_woken && count < ready.Length)
        {
            _woken = false;
            ready[count++] = new ReadyEvent(ulong.MaxValue, Readiness.Read);
        }

        return count;
    }

    public override void Wake()
    {
        _woken = true;
        base.Wake();
    }
}

/// <summary>Reports what has been unregistered, again and again.</summary>
internal sealed class ReportsStaleTokens(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private readonly Dictionary<int, ulong> _tokens = [];
    private readonly List<ulong> _ended = [];

    public override void Register(int fd, Interest interest, ulong token)
    {
        base.Register(fd, interest, token);
        _tokens[fd] = token;
    }

    public override void Unregister(int fd)
    {
        base.Unregister(fd);
        if (_tokens.Remove(fd, out ulong token))
        {
            _ended.Add(token);
        }
    }

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        int count = base.Wait(ready, _ended.Count > 0 ? TimeSpan.Zero : timeout);
        foreach (ulong token in _ended.Take(ready.Length - count))
        {
            ready[count++] = new ReadyEvent(token, Readiness.Read);
        }

        return count;
    }
}

/// <summary>What does not fit is kept for the next Wait, whatever happens meanwhile.</summary>
internal sealed class KeepsWhatDoesNotFit(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private readonly Queue<ReadyEvent> _kept = [];

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        if (_kept.Count == 0)
        {
            var all = new ReadyEvent[256];
            int seen = base.Wait(all, timeout);
            Array.ForEach(all[..seen], _kept.Enqueue);
        }

        int count = 0;
        while (count < ready.Length && _kept.TryDequeue(out ReadyEvent next))
        {
            ready[count++] = next;
        }

        return count;
    }
}

/// <summary>What does not fit is gone.</summary>
internal sealed class LosesWhatDoesNotFit(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        var all = new ReadyEvent[256];
        int count = Math.Min(base.Wait(all, timeout), ready.Length);
        all.AsSpan(0, count).CopyTo(ready);
        return count;
    }
}

internal sealed class RoundsTimeoutsDown(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout) =>
        base.Wait(ready, timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(1) ? timeout : TimeSpan.FromMilliseconds(Math.Floor(timeout.TotalMilliseconds)));
}

/// <summary>Zero waits like the infinite time-out.</summary>
internal sealed class WaitsInsteadOfPolling(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        int count = base.Wait(ready, timeout);
        return count == 0 && timeout == TimeSpan.Zero && !Mischief.IsReleased ? Mischief.Hang() : count;
    }
}

/// <summary>Promises other capabilities than it has.</summary>
internal sealed class Promises(HubBackend inner, Mischief mischief, Func<BackendCapabilities, BackendCapabilities> change) : Broken(inner, mischief)
{
    public override BackendCapabilities Capabilities => change(base.Capabilities);
}

/// <summary>Takes some bits out of what is reported, and leaves out what has none left.</summary>
internal sealed class Hides(HubBackend inner, Mischief mischief, Readiness hidden) : Broken(inner, mischief)
{
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        int seen = base.Wait(ready, timeout);
        int count = 0;
        for (int i = 0; i < seen; i++)
        {
            if ((ready[i].What & ~hidden) is not Readiness.None and var what)
            {
                ready[count++] = ready[i] with { What = what };
            }
        }

        return seen > 0 && count == 0 && timeout == Timeout.InfiniteTimeSpan && !Mischief.IsReleased ? Mischief.Hang() : count;
    }
}

internal sealed class HalvesTokens(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override void Register(int fd, Interest interest, ulong token) => base.Register(fd, interest, (uint)token);

    public override void Modify(int fd, Interest interest, ulong token) => base.Modify(fd, interest, (uint)token);
}

internal sealed class KeepsTheFirstToken(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private readonly Dictionary<int, ulong> _tokens = [];

    public override void Register(int fd, Interest interest, ulong token) => base.Register(fd, interest, _tokens[fd] = token);

    public override void Modify(int fd, Interest interest, ulong token) => base.Modify(fd, interest, _tokens.GetValueOrDefault(fd, token));
}

internal sealed class AddsInterests(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private readonly Dictionary<int, Interest> _interests = [];

    public override void Register(int fd, Interest interest, ulong token) => base.Register(fd, _interests[fd] = interest, token);

    public override void Modify(int fd, Interest interest, ulong token) => base.Modify(fd, _interests[fd] = interest | _interests.GetValueOrDefault(fd), token);
}

internal sealed class ThrowsFromUnregister(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private readonly HashSet<int> _registered = [];

    public override void Register(int fd, Interest interest, ulong token)
    {
        base.Register(fd, interest, token);
        _registered.Add(fd);
    }

    public override void Unregister(int fd)
    {
        base.Unregister(fd);
        if (!_registered.Remove(fd))
        {
            throw new IOException("not registered");
        }
    }
}

/// <summary>Says nothing when the system refuses a descriptor.</summary>
internal sealed class SwallowsRefusals(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override void Register(int fd, Interest interest, ulong token)
    {
        try
        {
            base.Register(fd, interest, token);
        }
        catch (IOException)
        {
            // That is the fault.
        }
    }
}

internal sealed class RegistersInModify(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override void Modify(int fd, Interest interest, ulong token) => Register(fd, interest, token);
}

/// <summary>Modify compares, and does nothing if nothing seems to change.</summary>
internal sealed class SkipsModify(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private readonly Dictionary<int, (Interest, ulong)> _known = [];
    private bool _skipped;

    public override void Register(int fd, Interest interest, ulong token)
    {
        base.Register(fd, interest, token);
        _known[fd] = (interest, token);
    }

    public override void Modify(int fd, Interest interest, ulong token)
    {
        _skipped = _known.GetValueOrDefault(fd) == (interest, token);
        if (!_skipped)
        {
            base.Modify(fd, interest, token);
            _known[fd] = (interest, token);
        }
    }

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        bool mayHang = _skipped && timeout == Timeout.InfiniteTimeSpan && !Mischief.IsReleased;
        int count = base.Wait(ready, mayHang ? TimeSpan.Zero : timeout);
        return count == 0 && mayHang ? Mischief.Hang() : count;
    }
}

/// <summary>A wait that a signal interrupts is an error.</summary>
internal sealed class ThrowsWhenInterrupted(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private bool _woken;

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        int count = base.Wait(ready, timeout);
        return count > 0 || timeout != Timeout.InfiniteTimeSpan || _woken ? count : throw new IOException("epoll_wait: interrupted system call");
    }

    public override void Wake()
    {
        _woken = true;
        base.Wake();
    }
}

internal sealed class Allocates(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        var copy = new ReadyEvent[ready.Length];
        int count = base.Wait(copy, timeout);
        copy.CopyTo(ready);
        return count;
    }
}

/// <summary>Has a descriptor that child processes inherit, or that outlives it.</summary>
internal sealed class HasADescriptor : Broken
{
    private readonly bool _leaks;
    private readonly Fds _fds = new();

    internal HasADescriptor(HubBackend inner, Mischief mischief, bool leaks) : base(inner, mischief)
    {
        _leaks = leaks;
        int fd = _fds.Eventfd();
        _ = leaks ? 0 : Interop.Libc.fcntl(fd, 2, 0);
        All.Add(_fds);
    }

    /// <summary>What a test closes afterwards.</summary>
    internal static List<Fds> All { get; } = [];

    public override void Dispose()
    {
        base.Dispose();
        if (!_leaks)
        {
            _fds.Dispose();
        }
    }
}

internal sealed class ThrowsFromSecondDispose(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private bool _disposed;

    public override void Dispose()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _disposed = true;
        base.Dispose();
    }
}

internal sealed class WaitsAfterDispose(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    private bool _disposed;

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout) => _disposed ? 0 : base.Wait(ready, timeout);

    public override void Dispose()
    {
        _disposed = true;
        base.Dispose();
    }
}

internal sealed class WritesToItsHeirs : Broken
{
    private readonly Fds _fds = new();
    private readonly int _own;

    internal WritesToItsHeirs(HubBackend inner, Mischief mischief) : base(inner, mischief) => _own = _fds.Eventfd();

    public override void Wake()
    {
        Fds.Write(_own, BitConverter.GetBytes(1L));
        base.Wake();
    }

    public override void Dispose()
    {
        base.Dispose();
        _fds.Dispose();
    }
}

/// <summary>Makes the descriptors it watches non-blocking.</summary>
internal sealed class ChangesTheMode(HubBackend inner, Mischief mischief) : Broken(inner, mischief)
{
    public override void Register(int fd, Interest interest, ulong token)
    {
        base.Register(fd, interest, token);
        _ = Interop.Libc.fcntl(fd, Interop.Libc.F_SETFL, Interop.Libc.O_NONBLOCK);
    }
}
