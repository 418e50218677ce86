using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Operations and waits that are cut short: nothing is lost, doubled, or told to somebody else, and nothing is left behind in the system.</summary>
public abstract class CutShortTests<THub> : HubTests<THub> where THub : IHubFixture
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Shutdown_OfTheReceivingHalfDuringAReceive_EndsItWithNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread<int> reader = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(new byte[16]));
        await TurnsAsync();
        pair.Server.Shutdown(SocketShutdown.Receive);
        Assert.Equal(0, await reader);
    }, Limit);

    /// <summary>The system may hold the file for an operation that waits; then the hub must be woken to let it go.</summary>
    [Fact]
    public void Close_OnAnotherThreadWhileTheHubSleepsInAReceive_TheReaderAndThePeerSeeIt() => PlainThread.Run(() =>
    {
        Hubs.UseHub("poll");
        using Hub own = Hubs.GetHub();
        using Pair pair = Pair.Make();
        using Hub hub = Hub.Start(THub.HubName);
        Task<int> reader = hub.InvokeAsync(async () => await pair.Server.ReceiveAsync(new byte[16]));
        SpinWait.SpinUntil(() => hub.Statistics.Readers == 1);
        pair.Server.Close();
        Assert.Equal(0, pair.Client.Receive(new byte[16]));
        Assert.Throws<IOClosedException>(() => reader.GetAwaiter().GetResult());
    }, Limit);

    [Fact]
    public void Trampoline_AfterReadinessThatCameAndWentForAnother_IsNotWokenByIt() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync(Transport.Unix);
        int fd = (int)pair.Server.SafeHandle.DangerousGetHandle();
        GreenThread first = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true));
        await TurnsAsync();
        Assert.Equal(1, SocketCalls.Send(pair.Client, [7]));
        first.Kill();
        Assert.Equal(1, SocketCalls.Receive(pair.Server, new byte[16]));
        GreenThread second = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true));
        await TurnsAsync();
        Assert.False(second.IsDead);
        Assert.Equal(1, SocketCalls.Send(pair.Client, [8]));
        await second;
    }, Limit);

    private static async Task TurnsAsync()
    {
        for (int turn = 0; turn < 6; turn++)
        {
            await GreenThread.SleepAsync();
        }
    }
}

public sealed class CutShortOnEpoll : CutShortTests<EpollHub>;
public sealed class CutShortOnIoUring : CutShortTests<IoUringHub>;
public sealed class CutShortOnLibevent : CutShortTests<LibeventHub>;
public sealed class CutShortOnPoll : CutShortTests<PollHub>;
public sealed class CutShortOnSelect : CutShortTests<SelectHub>;
