using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>H5: poll, where the platform has it.</summary>
public sealed class H05_PollTests : BackendRowTests<PollHub>
{
    [Fact]
    public void Poll_OnThisPlatform_IsAvailable() =>
        Assert.True(Hubs.Builtin.Single(factory => factory.Name == "poll").IsAvailable(out _));
}
