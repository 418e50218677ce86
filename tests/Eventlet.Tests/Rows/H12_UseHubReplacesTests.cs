using System.Diagnostics.Tracing;
using Eventlet.Tests.Support;
using Opened = Eventlet.Tests.Support.Descriptors;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>H12: UseHub eliminates the old hub completely; its descriptors and timers are forgotten.</summary>
public abstract class H12_UseHubReplacesTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private static string Other => THub.HubName == "poll" ? "select" : "poll";

    [Fact]
    public void UseHub_ReplacesAHubInUse_NothingOfItEverFiresAgain() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Hub old = Hubs.GetHub();
        int fired = 0;
        GreenThread waiting = GreenThread.Spawn(async () =>
        {
            try
            {
                await Hubs.TrampolineAsync(reader, read: true);
            }
            finally
            {
                fired++;
            }
        });
        GreenThread unbegun = GreenThread.SpawnAfter(TimeSpan.FromMilliseconds(1), () =>
        {
            fired++;
            return Task.CompletedTask;
        });
        GreenThread.Sleep();
        HubTimer timer = old.ScheduleCallGlobal(TimeSpan.Zero, () => fired++);
        old.Post(() => fired++);
        GreenThread last = GreenThread.Spawn(() =>
        {
            fired++;
            return Task.CompletedTask;
        });

        Hubs.UseHub(Other);
        Pipes.Write(writer);
        using Hub next = Hubs.GetHub();
        Assert.NotSame(old, next);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(5));
        Hubs.Trampoline(reader, read: true);
        Assert.Equal(0, fired);
        Assert.All([waiting, unbegun, last], green =>
        {
            Assert.True(green.IsDead);
            Assert.Equal("hub disposed", Assert.Throws<HubException>(green.Wait).Message);
        });
        Assert.False(timer.IsPending);
        Assert.Throws<HubException>(() => old.Post(() => { }));
        Assert.Throws<HubException>(() => old.Spawn(() => Task.CompletedTask));
    });

    [Fact]
    public void UseHub_ClosesTheOldHubsKernelObjects() => OnOwner(() =>
    {
        IReadOnlySet<Descriptor> before = Opened.OfKernelObjects();
        GreenThread.Sleep();
        Assert.NotEmpty(Opened.OfKernelObjects().Except(before));
        Hubs.UseHub(Other);
        Assert.Empty(Opened.OfKernelObjects().Except(before));
    });

    [Fact]
    public void UseHub_ManyTimes_LeavesNothing() => OnOwner(() =>
    {
        IReadOnlySet<Descriptor> before = Opened.OfKernelObjects();
        for (int i = 0; i < 200; i++)
        {
            GreenThread.SpawnN(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1)));
            GreenThread.Sleep();
            Hubs.UseHub(i % 2 == 0 ? Other : THub.HubName);
        }

        Assert.Empty(Opened.OfKernelObjects().Except(before));
    });

    [Fact]
    public void UseHub_SafeHandlesOfAbandonedGreenThreads_AreFinalized() => OnOwner(() =>
    {
        string target = Abandon();
        Hubs.UseHub(Other);
        for (int i = 0; i < 100 && IsOpen(target); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(IsOpen(target));

        static bool IsOpen(string? target) => Opened.List().Any(descriptor => descriptor.Target == target);

        static string Abandon()
        {
            string? target = null;
            GreenThread.SpawnN(async () =>
            {
                using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
                target = new FileInfo($"/proc/self/fd/{pipe.SafePipeHandle.DangerousGetHandle()}").LinkTarget;
                await Hubs.TrampolineAsync(pipe.SafePipeHandle, read: true);
            });
            GreenThread.Sleep();

            // While its hub holds it: once that is replaced a collection may come at any time.
            Assert.True(IsOpen(target));
            return target!;
        }
    });

    [Fact]
    public void UseHub_ReplacingAHubInUse_WarnsOnceWithTheCounts() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        (int reader, int writer) = pipes.Pipe();
        Hub hub = Hubs.GetHub();
        GreenThread.SpawnN(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1)));
        GreenThread.SpawnN(async () => await hub.SwitchAsync());
        GreenThread.Sleep();
        hub.Add(FdEvent.Read, reader, _ => { });
        hub.Add(FdEvent.Write, writer, _ => { });
        hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { });
        GreenThread.SpawnN(() => Task.CompletedTask);
        using var events = new HubEvents();
        Hubs.UseHub(Other);
        Assert.Equal([$"{THub.HubName} 2 2 3"], events.Of("HubReplaced", EventLevel.Warning));
    });

    [Fact]
    public void UseHub_ReplacingAHubThatWasNotInUse_DoesNotWarn() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        Hub hub = Hubs.GetHub();
        using var events = new HubEvents();
        GreenThread.Spawn(() => Task.CompletedTask).Wait();
        hub.Remove(hub.Add(FdEvent.Read, pipes.Pipe().Reader, _ => { }));
        hub.ScheduleCallGlobal(TimeSpan.FromDays(1), () => { }).Cancel();
        Hubs.UseHub(Other);
        Hubs.UseHub(THub.HubName);
        Assert.Empty(events.Of("HubReplaced", EventLevel.Warning));
    });
}

/// <summary>On epoll.</summary>
public sealed class H12_UseHubReplacesOnEpoll : H12_UseHubReplacesTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class H12_UseHubReplacesOnIoUring : H12_UseHubReplacesTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class H12_UseHubReplacesOnPoll : H12_UseHubReplacesTests<PollHub>;

/// <summary>On select.</summary>
public sealed class H12_UseHubReplacesOnSelect : H12_UseHubReplacesTests<SelectHub>;
