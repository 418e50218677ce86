using System.Runtime.CompilerServices;
using Eventlet.Tests.Support;
using Opened = Eventlet.Tests.Support.Descriptors;

namespace Eventlet.Tests.Model;

/// <summary>.NET tells nobody when a thread ends: its hub is dropped when another one is made, or by a finalizer at the latest.</summary>
public abstract class DeadOwnerTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Hub_WhoseOwnerHasEnded_IsDroppedWhenAnotherIsMade()
    {
        IReadOnlySet<Descriptor> before = OfKernelObjectsThatStay();
        (Hub hub, GreenThread green, Task foreign) = PlainThread.Run(() =>
        {
            Hubs.UseHub(THub.HubName);
            Hub hub = Hubs.GetHub();
            var never = new TaskCompletionSource();
            GreenThread green = GreenThread.Spawn(async () => await never.Task);
            GreenThread.Sleep();

            // Here, while the owner lives: afterwards a collection may come at any time, and the finalizer with it.
            Assert.NotEmpty(Opened.OfKernelObjects().Except(before));
            Assert.False(green.IsDead);
            return (hub, green, never.Task);
        });
        PlainThread.Run(() => Hubs.GetHub().Dispose());
        Assert.True(green.IsDead);
        Assert.Equal("hub disposed", Assert.Throws<HubException>(() => hub.Post(() => { })).Message);
        Assert.Throws<HubException>(green.Wait);
        Assert.Empty(Opened.OfKernelObjects().Except(before));
        GC.KeepAlive(foreign);
    }

    [Fact]
    public void Hub_WhoseOwnerHasEnded_IsDroppedByAFinalizerAtTheLatest()
    {
        IReadOnlySet<Descriptor> before = OfKernelObjectsThatStay();
        var foreign = new TaskCompletionSource();
        MakeAndForget(foreign.Task, before);
        Collect(() => !Opened.OfKernelObjects().Except(before).Any());

        // A foreign task that is still pending has not kept it.
        Assert.Empty(Opened.OfKernelObjects().Except(before));
        GC.KeepAlive(foreign);
    }

    [Fact]
    public void Hub_ThatIsStillReferenced_IsDroppedByAFinalizer_AndItsWaitersAreTold()
    {
        (Hub hub, GreenThread green) = PlainThread.Run(() =>
        {
            Hubs.UseHub(THub.HubName);
            GreenThread green = GreenThread.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1)));
            GreenThread.Sleep();
            return (Hubs.GetHub(), green);
        });
        Collect(() => green.IsDead);
        Assert.Throws<HubException>(green.Wait);
        Assert.Throws<HubException>(() => hub.Post(() => { }));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeAndForget(Task foreign, IReadOnlySet<Descriptor> before) => PlainThread.Run(() =>
    {
        Hubs.UseHub(THub.HubName);
        GreenThread.SpawnN(async () => await foreign);
        GreenThread.Sleep();
        Assert.NotEmpty(Opened.OfKernelObjects().Except(before));
    });

    /// <summary>Those of now, without what is garbage already: its numbers would be handed out again and look like the same descriptors.</summary>
    private static IReadOnlySet<Descriptor> OfKernelObjectsThatStay()
    {
        // A finalizer may leave what the next collection finds.
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return Opened.OfKernelObjects();
    }

    private static void Collect(Func<bool> done)
    {
        for (int i = 0; i < 200 && !done(); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class DeadOwnerOnEpoll : DeadOwnerTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class DeadOwnerOnIoUring : DeadOwnerTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class DeadOwnerOnPoll : DeadOwnerTests<PollHub>;

/// <summary>On select.</summary>
public sealed class DeadOwnerOnSelect : DeadOwnerTests<SelectHub>;
