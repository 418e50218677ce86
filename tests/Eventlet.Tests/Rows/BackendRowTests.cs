using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Rows;

/// <summary>What rows H4–H6 and H8 have in common: the hub of that name carries real sockets, on the kernel object that its name promises.</summary>
public abstract class BackendRowTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Hub_OfThatName_CarriesAConversation() => OnHub(async () =>
    {
        Assert.Equal(THub.HubName, Hubs.GetHub().Name);
        using Pair pair = await Pair.MakeAsync();
        byte[] buffer = new byte[16];
        for (int i = 0; i < 100; i++)
        {
            ValueTask<int> received = pair.Server.ReceiveAsync(buffer);
            await pair.Client.SendAllAsync(new[] { (byte)i });
            Assert.Equal(1, await received);
            Assert.Equal((byte)i, buffer[0]);
        }
    });

    /// <summary>Poll and select have no kernel object but the wake-up; libevent has what its method has, epoll on Linux.</summary>
    [Fact]
    public void Hub_WhileItRuns_HoldsTheKernelObjectOfItsName() => OnOwner(() =>
    {
        int before = EpollDescriptors();
        Hubs.GetHub().Run(async () =>
        {
            await GreenThread.SleepAsync();
            Assert.Equal(before + (THub.HubName is "epoll" or "libevent" ? 1 : 0), EpollDescriptors());
        });
    });

    private static int EpollDescriptors() => Directory.GetFiles("/proc/self/fd")
        .Count(path => new FileInfo(path).LinkTarget?.Contains("[eventpoll]", StringComparison.Ordinal) == true);
}
