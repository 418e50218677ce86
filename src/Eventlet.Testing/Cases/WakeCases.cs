using Eventlet.Testing.Native;

namespace Eventlet.Testing.Cases;

/// <summary>Wake-ups from other threads, and waits that are interrupted.</summary>
internal static class WakeCases
{
    internal static readonly HubCase[] All =
    [
        New("Wake_BeforeWait_WaitReturns", "HubBackend.Wake", "the next Wait returns, if none is under way", BeforeWait),
        New("Wake_ManyBeforeWait_OneReturnsAndNoMore", "HubBackend.Wake", "many wake-ups before a Wait are one", Coalesced),
        New("Wake_DuringWait_WaitReturns", "HubBackend.Wake", "the present Wait returns", DuringWait),
        New("Wake_WithEventsAndOneSlot_NeitherIsLost", "HubBackend.Wake", "neither the wake-up nor an event is lost where there is room for one", WithEvents),
        New("Wake_IsNoEvent_NothingIsReported", "HubBackend.Wait", "a wake-up is not among the events", NoEvent),
        New("Wake_FromManyThreads_NoneIsLost", "HubBackend.Wake", "whoever wakes after posting is seen", ManyThreads),
        New("Wake_PingPongBetweenTwo_NoneIsLost", "HubBackend.Wake", "each wake-up ends a Wait", PingPong),
        New("Wake_AfterDispose_DoesNothing", "HubBackend.Wake", "it does nothing after Dispose, also to those who have its numbers now", AfterDispose),
        New("Wake_RacingDispose_HitsNobodyElse", "HubBackend.Wake", "it does nothing after Dispose, also where the two race", RacingDispose),
        New("Register_OwnDescriptor_NeverBreaksTheWakeUp", "HubBackend.Register", "whatever is registered, the wake-up works", OwnDescriptor),
        New("Wait_Interrupted_IsNoError", "HubBackend.Wait", "a signal (EINTR) is no error and loses nothing", Interrupted),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body) => new(HubCaseLevel.Backend, name, member, promise, body);

    private static void BeforeWait(CaseScene scene)
    {
        for (int i = 0; i < 10; i++)
        {
            scene.Backend.Wake();
            scene.Hold(scene.Collect(Timeout.InfiniteTimeSpan).Count == 0, "an event came with the wake-up");
        }
    }

    private static void Coalesced(CaseScene scene)
    {
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 100_000; i++)
            {
                scene.Backend.Wake();
            }

            scene.Collect(Timeout.InfiniteTimeSpan, 4);
            const long Ticks = 20_000;
            long start = TimeProvider.System.GetTimestamp();
            scene.Collect(TimeSpan.FromTicks(Ticks), 4);
            scene.Hold(
                TimeProvider.System.GetElapsedTime(start).Ticks >= Ticks,
                "a second Wait was ended by the many wake-ups before the first");
        }
    }

    private static void DuringWait(CaseScene scene)
    {
        HubBackend backend = scene.Backend;
        using var entered = new SleepingThread();
        for (int i = 0; i < 20; i++)
        {
            bool woken = false;
            var waker = new CaseThread(() =>
            {
                entered.WaitUntilAsleep();
                Volatile.Write(ref woken, true);
                backend.Wake();
            });
            while (!Volatile.Read(ref woken))
            {
                scene.Collect(Timeout.InfiniteTimeSpan);
            }

            waker.Join();
            scene.Now();
        }
    }

    private static void WithEvents(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd(1);
        scene.Backend.Register(fd, Interest.Read, 9);
        scene.Backend.Wake();
        List<ReadyEvent> seen = [.. scene.Now(1), .. scene.Now(1), .. scene.Now(1)];
        scene.Hold(seen.Contains(new ReadyEvent(9, Readiness.Read)), $"{CaseScene.Show(seen)} came in three waits with room for one, instead of the descriptor's event");
        scene.Backend.Unregister(fd);
        scene.Backend.Wake();
        scene.Collect(Timeout.InfiniteTimeSpan, 1);
    }

    private static void NoEvent(CaseScene scene)
    {
        scene.Backend.Register(scene.Fds.Eventfd(), Interest.Read, 1);
        scene.Backend.Wake();
        List<ReadyEvent> seen = [.. scene.Now(), .. scene.Now()];
        scene.Hold(seen.Count == 0, $"{CaseScene.Show(seen)} came after a wake-up, where nothing was ready");
    }

    private static void ManyThreads(CaseScene scene)
    {
        const int Threads = 4;
        const int Each = 20_000;
        HubBackend backend = scene.Backend;
        int posted = 0;
        CaseThread[] producers = [.. Enumerable.Range(0, Threads).Select(_ => new CaseThread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                Interlocked.Increment(ref posted);
                backend.Wake();
            }
        }))];
        while (Volatile.Read(ref posted) < Threads * Each)
        {
            scene.Collect(Timeout.InfiniteTimeSpan, 4);
        }

        Array.ForEach(producers, static thread => thread.Join());
    }

    private static void PingPong(CaseScene scene)
    {
        const int Rounds = 5_000;
        HubBackend mine = scene.Backend;
        HubBackend? theirs = null;
        using var ready = new ManualResetEventSlim();
        int myTurns = 0;
        int theirTurns = 0;
        var other = new CaseThread(() =>
        {
            // Made by the thread that runs it, as every backend.
            theirs = scene.Factory.Create(new HubOptions());
            ready.Set();
            ReadyEvent[] events = new ReadyEvent[4];
            for (int i = 1; i <= Rounds; i++)
            {
                while (Volatile.Read(ref theirTurns) < i)
                {
                    theirs.Wait(events, Timeout.InfiniteTimeSpan);
                }

                Interlocked.Increment(ref myTurns);
                mine.Wake();
            }

            theirs.Dispose();
        });
        ready.Wait();
        for (int i = 1; i <= Rounds; i++)
        {
            Interlocked.Increment(ref theirTurns);
            theirs!.Wake();
            while (Volatile.Read(ref myTurns) < i)
            {
                scene.Collect(Timeout.InfiniteTimeSpan, 4);
            }
        }

        other.Join();
    }

    private static void AfterDispose(CaseScene scene)
    {
        HashSet<int> before = TestDescriptors.All();
        HubBackend backend = scene.NewBackend();
        int[] own = [.. TestDescriptors.All().Except(before)];
        backend.Wake();
        backend.Dispose();
        int[] heirs = [.. own.Select(_ => scene.Fds.Eventfd())];
        for (int i = 0; i < 100; i++)
        {
            backend.Wake();
        }

        scene.Hold(Array.TrueForAll(heirs, static fd => TestDescriptors.Read(fd) == -Libc.EAGAIN), "an eventfd that has the number of a descriptor of the disposed backend was written to");
    }

    private static void RacingDispose(CaseScene scene)
    {
        for (int i = 0; i < 200; i++)
        {
            HubBackend backend = scene.NewBackend();
            using var barrier = new Barrier(3);
            CaseThread[] wakers = [.. Enumerable.Range(0, 2).Select(_ => new CaseThread(() =>
            {
                barrier.SignalAndWait(CancellationToken.None);
                for (int j = 0; j < 20; j++)
                {
                    backend.Wake();
                }
            }))];
            barrier.SignalAndWait(CancellationToken.None);
            backend.Dispose();
            int fd = scene.Fds.Eventfd();
            Array.ForEach(wakers, static thread => thread.Join());
            scene.Hold(TestDescriptors.Read(fd) == -Libc.EAGAIN, "an eventfd made after Dispose was written to");
            scene.Fds.Close(fd);
        }
    }

    private static void OwnDescriptor(CaseScene scene)
    {
        HashSet<int> before = TestDescriptors.All();
        HubBackend backend = scene.NewBackend();
        foreach (int fd in TestDescriptors.All().Except(before))
        {
            try
            {
                backend.Register(fd, Interest.Read, 1);
            }
            catch (IOException)
            {
                // Refused, as some of them must be.
            }

            backend.Unregister(fd);
        }

        backend.Wake();
        ReadyEvent[] ready = new ReadyEvent[4];
        int count = backend.Wait(ready, Timeout.InfiniteTimeSpan);
        scene.Hold(count == 0, $"{CaseScene.Show(ready[..count])} came with the wake-up");
    }

    private static void Interrupted(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Backend.Register(reader, Interest.Read, 1);
        using var sleeping = new SleepingThread();
        var other = new CaseThread(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                sleeping.WaitUntilAsleep();
                sleeping.Interrupt();
            }

            sleeping.WaitUntilAsleep();
            TestDescriptors.Write(writer);
        });
        scene.Expect(1, Readiness.Read, "after twenty signals and one write");
        other.Join();
        TestDescriptors.Drain(reader);
        const long Ticks = 50_000;
        long start = TimeProvider.System.GetTimestamp();
        scene.Backend.Modify(reader, Interest.Read, 1);
        while (TimeProvider.System.GetElapsedTime(start).Ticks < Ticks)
        {
            scene.Hold(scene.Collect(TimeSpan.FromTicks(Ticks)).Count == 0, "an event came after the signals");
        }
    }
}
