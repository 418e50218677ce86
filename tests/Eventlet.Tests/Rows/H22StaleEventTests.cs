using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>Row H22: a backend may report what it has collected before a registration ended. Such an event belongs to an earlier life of the number.</summary>
public sealed class H22StaleEventTests
{
    [Fact]
    public void EventOfAnEarlierLifeOfTheNumber_ResumesNobody()
    {
        using var open = new Fds();
        var factory = new LateFactory();
        PlainThread.Run(() =>
        {
            Hubs.UseHub(factory);
            using Hub hub = Hubs.GetHub();
            hub.Run(async () =>
            {
                int number = open.MoveHigh(open.Eventfd());
                GreenThread old = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(number, read: true));
                await Turns.PassAsync();
                Hubs.NotifyClose(number);
                open.Close(number);
                Assert.Equal(number, open.MoveHigh(open.Eventfd(), number));
                await Assert.ThrowsAsync<IOClosedException>(async () => await old);
                GreenThread anew = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(number, read: true));
                await Turns.PassAsync(10);
                Assert.True(factory.Late > 0);
                Assert.False(anew.IsDead);
                Fds.Write(number);
                await anew;
            });
        });
    }

    private sealed class LateFactory : HubFactory
    {
        internal int Late { get; set; }

        public override string Name => "late";

        public override bool IsAvailable(out string? whyNot) => Hubs.GetDefaultHub().IsAvailable(out whyNot);

        public override HubBackend Create(HubOptions options) => new LateBackend(this, Hubs.GetDefaultHub().Create(options));
    }

    /// <summary>Reports each registration that has ended as readable, with its token, in every wait that follows.</summary>
    private sealed class LateBackend(LateFactory factory, HubBackend inner) : HubBackend
    {
        private readonly Dictionary<int, ulong> _tokens = [];
        private readonly List<ulong> _ended = [];

        public override string Name => inner.Name;

        public override BackendCapabilities Capabilities => inner.Capabilities;

        public override void Register(int fd, Interest interest, ulong token)
        {
            inner.Register(fd, interest, token);
            _tokens[fd] = token;
        }

        public override void Modify(int fd, Interest interest, ulong token) => inner.Modify(fd, interest, token);

        public override void Unregister(int fd)
        {
            inner.Unregister(fd);
            if (_tokens.Remove(fd, out ulong token))
            {
                _ended.Add(token);
            }
        }

        public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout)
        {
            int count = inner.Wait(ready[..^_ended.Count], timeout);
            foreach (ulong token in _ended)
            {
                ready[count++] = new ReadyEvent(token, Readiness.Read);
                factory.Late++;
            }

            return count;
        }

        public override void Wake() => inner.Wake();

        public override void Dispose() => inner.Dispose();
    }
}
