using Eventlet.Backends;

namespace Eventlet.Tests.Backends;

/// <summary>The kqueue backend on a fake kqueue, which goes with it.</summary>
internal sealed class FakeKqueueBackend(HubBackend backend, FakeKqueue kernel) : HubBackend
{
    public override string Name => "fake-kqueue";

    public override BackendCapabilities Capabilities => backend.Capabilities;

    internal static FakeKqueueBackend Create<TSystem>() where TSystem : struct, IKqueueSystem
    {
        FakeKqueue kernel = new(TSystem.UserFilter);
        return new FakeKqueueBackend(new KqueueBackend<FakeKqueueCalls<TSystem>>(new FakeKqueueCalls<TSystem>(kernel)), kernel);
    }

    public override void Register(int fd, Interest interest, ulong token) => backend.Register(fd, interest, token);

    public override void Modify(int fd, Interest interest, ulong token) => backend.Modify(fd, interest, token);

    public override void Unregister(int fd) => backend.Unregister(fd);

    public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout) => backend.Wait(ready, timeout);

    public override void Wake() => backend.Wake();

    public override void Dispose()
    {
        backend.Dispose();
        kernel.Dispose();
    }
}
