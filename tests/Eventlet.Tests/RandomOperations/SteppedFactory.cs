namespace Eventlet.Tests.RandomOperations;

/// <summary>A built-in hub each of whose waits goes through somebody who knows what comes: he sees each poll and each sleep, and puts events in an order that no system promises.</summary>
internal sealed class SteppedFactory(HubFactory inner, SteppedFactory.WaitThrough waitThrough) : HubFactory
{
    /// <summary>Does one wait of the hub, by way of its real backend.</summary>
    internal delegate int WaitThrough(HubBackend inner, Span<ReadyEvent> ready, TimeSpan timeout);

    public override string Name => inner.Name;

    public override bool IsAvailable(out string? whyNot) => inner.IsAvailable(out whyNot);

    public override HubBackend Create(HubOptions options) => new Backend(inner.Create(options), waitThrough);

    private sealed class Backend(HubBackend inner, WaitThrough waitThrough) : HubBackend
    {
        public override string Name => inner.Name;

        public override BackendCapabilities Capabilities => inner.Capabilities;

        public override void Register(int fd, Interest interest, ulong token) => inner.Register(fd, interest, token);

        public override void Modify(int fd, Interest interest, ulong token) => inner.Modify(fd, interest, token);

        public override void Unregister(int fd) => inner.Unregister(fd);

        public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
        {
            int count = waitThrough(inner, ready, timeout);
            ready[..count].Sort(static (a, b) => ((uint)a.Token).CompareTo((uint)b.Token));
            return count;
        }

        public override void Wake() => inner.Wake();

        public override void Dispose() => inner.Dispose();
    }
}
