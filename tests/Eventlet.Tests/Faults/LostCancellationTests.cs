using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Faults;

/// <summary>io_uring's cancellations that hit nothing, because the kernel has the operation in hand just then: they are made again.</summary>
public sealed class LostCancellationTests : HubTests<IoUringHub>
{
    private const int Lost = 3;

    public LostCancellationTests() => SystemCallSeam.Require();

    [Fact]
    public void OperationWhoseCancellationIsLost_IsTakenBackAllTheSame() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] buffer = new byte[10];
        GreenThread receiving = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(buffer));
        await Turns.PassAsync();
        using var script = new FaultScript();
        script.Shorten(SystemCall.RingCancel, 1, times: Lost);
        receiving.Kill();
        Assert.Equal(Lost, script.Fired);
        await receiving;

        // What comes is the next one's.
        await pair.Client.SendAllAsync(new byte[] { 7 });
        Assert.Equal(1, await pair.Server.ReceiveAsync(buffer));
    });

    [Fact]
    public void LoopThatIsLeft_TakesAllBack_WhateverCancellationsAreLost() => OnOwner(() =>
    {
        using Pair pair = Pair.Make();
        byte[] buffer = new byte[10];
        GreenThread<int> receiving = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(buffer));
        GreenThread.Sleep();
        using var script = new FaultScript();
        script.Shorten(SystemCall.RingCancel, 1, times: Lost);
        Hubs.GetHub().Run(() => Turns.PassAsync());
        Assert.Equal(Lost, script.Fired);
        pair.Client.SendAll([7]);
        Assert.Equal(1, receiving.Wait());
    });
}
