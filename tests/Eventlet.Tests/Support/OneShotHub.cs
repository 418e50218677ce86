namespace Eventlet.Tests.Support;

/// <summary>A hub whose backend reports a registration once and then no more until it is modified (as EPOLLONESHOT, event ports or io_uring's polls do), made of poll.</summary>
public sealed class OneShotHub : IHubFixture
{
    private static readonly Factory s_factory = Registered();

    /// <inheritdoc/>
    public static string HubName => s_factory.Name;

    /// <inheritdoc/>
    public static bool IsSupported(out string? whyNot) => s_factory.IsAvailable(out whyNot);

    private static Factory Registered()
    {
        var factory = new Factory();
        Hubs.Register(factory);
        return factory;
    }

    private sealed class Factory : HubFactory
    {
        private readonly HubFactory _inner = Hubs.Builtin.Single(factory => factory.Name == "poll");

        public override string Name => "one-shot";

        public override bool IsAvailable(out string? whyNot) => _inner.IsAvailable(out whyNot);

        public override HubBackend Create(HubOptions options) => new Backend(_inner.Create(options));
    }

    private sealed class Backend(HubBackend inner) : HubBackend
    {
        private readonly Dictionary<int, bool> _isArmed = [];
        private readonly Dictionary<ulong, int> _descriptors = [];

        public override string Name => "one-shot";

        public override BackendCapabilities Capabilities => inner.Capabilities with { Trigger = Trigger.OneShot };

        public override void Register(int fd, Interest interest, ulong token)
        {
            inner.Register(fd, interest, token);
            _isArmed[fd] = true;
            _descriptors[token] = fd;
        }

        public override void Modify(int fd, Interest interest, ulong token)
        {
            if (!_isArmed.TryGetValue(fd, out bool isArmed))
            {
                throw new IOException($"one-shot: descriptor {fd} is not registered");
            }

            if (isArmed)
            {
                inner.Modify(fd, interest, token);
                _descriptors[token] = fd;
                return;
            }

            _isArmed.Remove(fd);
            Register(fd, interest, token);
        }

        public override void Unregister(int fd)
        {
            _isArmed.Remove(fd);
            inner.Unregister(fd);
        }

        public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
        {
            int count = inner.Wait(ready, timeout);
            foreach (ReadyEvent one in ready[..count])
            {
                int fd = _descriptors[one.Token];
                inner.Unregister(fd);
                _isArmed[fd] = false;
            }

            return count;
        }

        public override void Wake() => inner.Wake();

        public override void Dispose() => inner.Dispose();
    }
}
