using System.Collections.Concurrent;
using Eventlet.Interop;

namespace Eventlet.Tests.Faults;

/// <summary>A built-in hub whose backend reports more than the system does: events that are spurious, stale or in another order. All of that the contract of backends allows.</summary>
internal sealed class MischiefFactory(string name) : HubFactory
{
    private readonly HubFactory _inner = Hubs.Builtin.Single(factory => factory.Name == name);
    private readonly ConcurrentQueue<ReadyEvent> _extra = [];

    /// <summary>The token of each descriptor's last registration, ended or not. Hub thread.</summary>
    internal Dictionary<int, ulong> Tokens { get; } = [];

    /// <summary>Puts the events of each wait into another order; null: leaves them.</summary>
    internal Random? Shuffler { get; set; }

    /// <summary>How many events were invented.</summary>
    internal int Invented { get; private set; }

    /// <summary>How many waits had several events to shuffle.</summary>
    internal int Shuffled { get; private set; }

    /// <summary>Error numbers of the waits to come, for a backend whose system calls are made by a library.</summary>
    internal ConcurrentQueue<int> WaitErrors { get; } = [];

    /// <summary>How many waits have failed so.</summary>
    internal int FailedWaits { get; private set; }

    /// <summary>Called instead of waking; what it throws is the backend's failure.</summary>
    internal Action? Waking { get; set; }

    public override string Name => name;

    /// <summary>Has the next wait report this, whatever the system says; of a descriptor that is not registered yet the registration will tell. Hub thread.</summary>
    internal void Invent(int fd, Readiness what)
    {
        if (Tokens.TryGetValue(fd, out ulong token))
        {
            _extra.Enqueue(new ReadyEvent(token, what));
        }
    }

    /// <summary>Has the next wait report what an earlier life of the number would have. Hub thread.</summary>
    internal void InventStale(int fd, Readiness what) => _extra.Enqueue(new ReadyEvent(Tokens[fd] - (1UL << 32), what));

    /// <summary>Has the next wait report an event of a descriptor that was never registered. Hub thread.</summary>
    internal void InventForNobody(int fd, Readiness what) => _extra.Enqueue(new ReadyEvent((1UL << 32) | (uint)fd, what));

    public override bool IsAvailable(out string? whyNot) => _inner.IsAvailable(out whyNot);

    public override HubBackend Create(HubOptions options) => new Backend(this, _inner.Create(options));

    private sealed class Backend(MischiefFactory factory, HubBackend inner) : HubBackend
    {
        public override string Name => inner.Name;

        public override BackendCapabilities Capabilities => inner.Capabilities;

        internal override ICompletions? Completions => inner.Completions;

        public override void Register(int fd, Interest interest, ulong token)
        {
            inner.Register(fd, interest, token);
            factory.Tokens[fd] = token;
        }

        public override void Modify(int fd, Interest interest, ulong token) => inner.Modify(fd, interest, token);

        public override void Unregister(int fd) => inner.Unregister(fd);

        public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
        {
            if (factory.WaitErrors.TryDequeue(out int error))
            {
                factory.FailedWaits++;
                throw Errno.ToException(error, "a wait");
            }

            int extra = Math.Min(factory._extra.Count, ready.Length / 2);
            int count = inner.Wait(ready[extra..], extra > 0 ? TimeSpan.Zero : timeout);
            for (int i = 0; i < extra && factory._extra.TryDequeue(out ready[i]); i++)
            {
                factory.Invented++;
            }

            count += extra;
            if (factory.Shuffler is { } shuffler && count > 1)
            {
                shuffler.Shuffle(ready[..count]);
                factory.Shuffled++;
            }

            return count;
        }

        public override void Wake()
        {
            if (factory.Waking is { } waking)
            {
                waking();
                return;
            }

            inner.Wake();
        }

        public override void Dispose() => inner.Dispose();
    }
}
