namespace Eventlet.Tests.Support;

/// <summary>A hub that notes on which threads its backends are made, and calls back before each of their waits.</summary>
internal sealed class WatchedFactory(string name) : HubFactory
{
    private readonly HubFactory _inner = HubSelection.Choose(name);

    /// <summary>The threads on which backends were made, in order.</summary>
    internal List<Thread> MadeOn { get; } = [];

    /// <summary>How many backends were disposed.</summary>
    internal int Disposed { get; private set; }

    /// <summary>Called with the time-out before each wait, on the hub's thread.</summary>
    internal Action<TimeSpan>? Waiting { get; set; }

    /// <summary>Called instead of making a backend; what it throws is the backend's failure.</summary>
    internal Action? Creating { get; set; }

    /// <summary>Called when a backend has been disposed; what it throws is the backend's failure.</summary>
    internal Action? Disposing { get; set; }

    public override string Name => name;

    public override bool IsAvailable(out string? whyNot) => _inner.IsAvailable(out whyNot);

    public override HubBackend Create(HubOptions options)
    {
        Creating?.Invoke();
        MadeOn.Add(Thread.CurrentThread);
        return new Backend(this, _inner.Create(options));
    }

    private sealed class Backend(WatchedFactory factory, HubBackend inner) : HubBackend
    {
        private bool _disposed;

        public override string Name => inner.Name;

        public override BackendCapabilities Capabilities => inner.Capabilities;

        internal override ICompletions? Completions => inner.Completions;

        public override void Register(int fd, Interest interest, ulong token) => inner.Register(fd, interest, token);

        public override void Modify(int fd, Interest interest, ulong token) => inner.Modify(fd, interest, token);

        public override void Unregister(int fd) => inner.Unregister(fd);

        public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
        {
            factory.Waiting?.Invoke(timeout);
            return inner.Wait(ready, timeout);
        }

        public override void Wake() => inner.Wake();

        public override void Dispose()
        {
            factory.Disposed += _disposed ? 0 : 1;
            _disposed = true;
            inner.Dispose();
            factory.Disposing?.Invoke();
        }
    }
}
