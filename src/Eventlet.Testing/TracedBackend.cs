namespace Eventlet.Testing;

/// <summary>The backend under test; it notes what it is doing, without allocating.</summary>
internal sealed class TracedBackend(HubBackend inner) : HubBackend
{
    private string? _call;
    private long _argument;

    public override string Name => inner.Name;

    public override BackendCapabilities Capabilities => inner.Capabilities;

    internal bool IsDisposed { get; private set; }

    /// <summary>For a message. Any thread.</summary>
    internal string Doing => Volatile.Read(ref _call) switch
    {
        null => "between two calls",
        nameof(Wait) => $"inside Wait({(_argument == Timeout.InfiniteTimeSpan.Ticks ? "infinite" : TimeSpan.FromTicks(_argument))})",
        { } call => $"inside {call}({_argument})",
    };

    public override void Register(int fd, Interest interest, ulong token)
    {
        Enter(nameof(Register), fd);
        inner.Register(fd, interest, token);
        _call = null;
    }

    public override void Modify(int fd, Interest interest, ulong token)
    {
        Enter(nameof(Modify), fd);
        inner.Modify(fd, interest, token);
        _call = null;
    }

    public override void Unregister(int fd)
    {
        Enter(nameof(Unregister), fd);
        inner.Unregister(fd);
        _call = null;
    }

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
    {
        Enter(nameof(Wait), timeout.Ticks);
        int count = inner.Wait(ready, timeout);
        _call = null;
        return count;
    }

    public override void Wake() => inner.Wake();

    public override void Dispose()
    {
        Enter(nameof(Dispose), 0);
        inner.Dispose();
        IsDisposed = true;
        _call = null;
    }

    // What throws is left standing: a message then names it.
    private void Enter(string call, long argument)
    {
        _argument = argument;
        Volatile.Write(ref _call, call);
    }
}
