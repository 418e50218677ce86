namespace Eventlet.Tests.Conformance;

/// <summary>What the test of a broken backend shares with it: when the backend would hang for ever it says so, and goes on when it is released.</summary>
internal sealed class Mischief : IDisposable
{
    private readonly CancellationTokenSource _hung = new();
    private readonly ManualResetEventSlim _released = new();
    private readonly List<HubBackend> _made = [];

    /// <summary>Cancelled when a backend hangs.</summary>
    internal CancellationToken Hung => _hung.Token;

    internal bool IsReleased => _released.IsSet;

    internal void Watch(HubBackend inner)
    {
        lock (_made)
        {
            _made.Add(inner);
        }
    }

    /// <summary>A backend hangs from now on.</summary>
    internal void SayHung() => _hung.Cancel();

    /// <summary>Instead of hanging.</summary>
    internal int Hang()
    {
        SayHung();
        _released.Wait(CancellationToken.None);
        return 0;
    }

    /// <summary>The case has seen that it hangs, and wakes it to end it.</summary>
    internal void OnWake()
    {
        if (_hung.IsCancellationRequested)
        {
            _released.Set();
        }
    }

    public void Dispose()
    {
        _released.Set();
        lock (_made)
        {
            _made.ForEach(backend => backend.Wake());
        }
    }
}

/// <summary>A good backend behind one that breaks a promise. This one breaks none.</summary>
internal class Broken(HubBackend inner, Mischief mischief) : HubBackend
{
    internal HubBackend Inner => inner;

    internal Mischief Mischief => mischief;

    public override string Name => "broken";

    public override BackendCapabilities Capabilities => inner.Capabilities;

    public override void Register(int fd, Interest interest, ulong token) => inner.Register(fd, interest, token);

    public override void Modify(int fd, Interest interest, ulong token) => inner.Modify(fd, interest, token);

    public override void Unregister(int fd) => inner.Unregister(fd);

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout) => inner.Wait(ready, timeout);

    public override void Wake()
    {
        mischief.OnWake();
        inner.Wake();
    }

    public override void Dispose() => inner.Dispose();
}

/// <summary>Makes backends of one broken kind.</summary>
internal sealed class BrokenFactory(string hub, Mischief mischief, Func<HubBackend, Mischief, HubBackend> breakIt, Action? probe = null) : HubFactory
{
    private readonly HubFactory _inner = Hubs.Builtin.Single(factory => factory.Name == hub);

    public override string Name => "broken";

    public override bool IsAvailable(out string? whyNot)
    {
        probe?.Invoke();
        return _inner.IsAvailable(out whyNot);
    }

    public override HubBackend Create(HubOptions options)
    {
        HubBackend inner = _inner.Create(options);
        mischief.Watch(inner);
        return breakIt(inner, mischief);
    }
}
