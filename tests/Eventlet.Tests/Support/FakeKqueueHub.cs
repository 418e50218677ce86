using Eventlet.Backends;
using Eventlet.Tests.Backends;

namespace Eventlet.Tests.Support;

/// <summary>The kqueue backend over a fake kqueue.</summary>
public sealed class FakeKqueueHub : IHubFixture
{
    static FakeKqueueHub() => Hubs.Register(new Factory());

    /// <inheritdoc/>
    public static string HubName => "fake-kqueue";

    /// <inheritdoc/>
    public static bool IsSupported(out string? whyNot)
    {
        whyNot = OperatingSystem.IsLinux() ? null : "the fake is made of epoll";
        return whyNot is null;
    }

    private sealed class Factory : HubFactory
    {
        public override string Name => HubName;

        public override bool IsAvailable(out string? whyNot) => IsSupported(out whyNot);

        public override HubBackend Create(HubOptions options) => FakeKqueueBackend.Create<Darwin>();
    }
}
