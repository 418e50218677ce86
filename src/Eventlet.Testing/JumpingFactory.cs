namespace Eventlet.Testing;

/// <summary>Any hub, whose backend lets a clock jump before it sleeps.</summary>
internal sealed class JumpingFactory(HubFactory inner, JumpingClock clock) : HubFactory
{
    public override string Name => inner.Name;

    public override bool IsAvailable(out string? whyNot) => inner.IsAvailable(out whyNot);

    public override HubBackend Create(HubOptions options) => ReferenceEquals(options.Clock, clock)
        ? new Backend(inner.Create(options), clock)
        : throw new InvalidOperationException("the hub's HubOptions.Clock is not the JumpingClock that its factory is for");

    private sealed class Backend(HubBackend inner, JumpingClock clock) : HubBackend
    {
        private int _woken;

        public override string Name => inner.Name;

        public override BackendCapabilities Capabilities => inner.Capabilities;

        public override void Register(int fd, Interest interest, ulong token) => inner.Register(fd, interest, token);

        public override void Modify(int fd, Interest interest, ulong token) => inner.Modify(fd, interest, token);

        public override void Unregister(int fd) => inner.Unregister(fd);

        /// <summary>The loop would sleep: nothing is ready and nobody has woken it, so whatever is next is a timer.</summary>
        public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
        {
            int count = inner.Wait(ready, TimeSpan.Zero);
            bool sleeps = count == 0 && timeout != TimeSpan.Zero && Interlocked.Exchange(ref _woken, 0) == 0;
            return !sleeps || clock.Jump() ? count : inner.Wait(ready, timeout);
        }

        public override void Wake()
        {
            Volatile.Write(ref _woken, 1);
            inner.Wake();
        }

        public override void Dispose() => inner.Dispose();
    }
}
