namespace Eventlet.Testing.Cases;

/// <summary>A hub on the backend: timers, other threads, moving and dropping.</summary>
internal static class HubLifeCases
{
    internal static readonly HubCase[] All =
    [
        New("Timers_InDisorder_FireInOrder", "Hub.ScheduleCallGlobal", "timers fire in the order of their time, ties in the order of scheduling, and never early", Timers),
        New("Timers_BesideAReadyDescriptor_BothComeThrough", "Hub", "neither timers nor descriptors starve the other", TimersAndEvents),
        New("SleepAsync_ManyWhoYield_DoNotStarveDescriptors", "GreenThread.SleepAsync", "greenthreads that yield all the time do not starve I/O", Yielders),
        New("Post_FromManyThreads_AllRunAndWakeTheHub", "Hub.Post", "what other threads post runs, also while the hub sleeps", Post),
        New("Hub_ThatNeverWaits_MakesNoBackend", "HubFactory.Create", "the backend is made in the first turn, on the thread that runs the hub", Lazy),
        New("Hub_MovedToTheBackground_WhatWaitsGoesOn", "HubFactory.Create", "when the loop moves to another thread a backend is made there, and all that waits is registered again", Moves),
        New("UseHub_WhileEverythingWaits_DropsItAll", "Hubs.UseHub", "the hub that is replaced is dropped with its backend; nothing of it fires any more", Dropped),
        New("Start_TwoHubs_RunBesideEachOther", "Hub.Start", "hubs on threads of their own share nothing", TwoHubs),
        New("Run_AgainAndAgain_OneBackend", "Hub.Run", "a hub that is run many times on its thread has one backend", RunAgain),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body) => new(HubCaseLevel.Hub, name, member, promise, body);

    private static void Timers(CaseScene scene) => scene.OnHub(async hub =>
    {
        int[] delays = [3, 1, 2, 1, 5, 2, 0];
        List<int> fired = [];
        TimeSpan early = TimeSpan.Zero;
        var done = new TaskCompletionSource();
        long start = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < delays.Length; i++)
        {
            int index = i;
            TimeSpan delay = TimeSpan.FromMilliseconds(4 * delays[i]);
            hub.ScheduleCallGlobal(delay, () =>
            {
                fired.Add(index);
                TimeSpan missing = delay - TimeProvider.System.GetElapsedTime(start);
                early = missing > early ? missing : early;
                if (fired.Count == delays.Length)
                {
                    done.SetResult();
                }
            });
        }

        await done.Task;
        int[] expected = [.. Enumerable.Range(0, delays.Length).OrderBy(i => delays[i])];
        scene.Hold(fired.SequenceEqual(expected), $"timers fired in the order {string.Join(", ", fired)}, not {string.Join(", ", expected)}");
        scene.Hold(early == TimeSpan.Zero, $"a timer fired {early} early");
    });

    private static void TimersAndEvents(CaseScene scene) => scene.OnHub(async hub =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        TestDescriptors.Write(writer);
        int events = 0;
        int ticks = 0;
        Tick();
        while (ticks < 50)
        {
            await Hubs.TrampolineAsync(reader, read: true);
            events++;
        }

        scene.Hold(events > 0, "no event came beside the timers");

        void Tick()
        {
            ticks++;
            if (ticks < 50)
            {
                hub.ScheduleCallGlobal(TimeSpan.Zero, Tick);
            }
        }
    });

    private static void Yielders(CaseScene scene) => scene.OnHub(async _ =>
    {
        bool stop = false;
        for (int i = 0; i < 20; i++)
        {
            GreenThread.SpawnN(async () =>
            {
                while (!stop)
                {
                    await GreenThread.SleepAsync();
                }
            });
        }

        (int reader, int writer) = scene.Fds.Pipe();
        for (int i = 0; i < 20; i++)
        {
            TestDescriptors.Write(writer);
            await Hubs.TrampolineAsync(reader, read: true);
            TestDescriptors.Drain(reader);
        }

        stop = true;
    });

    private static void Post(CaseScene scene) => scene.OnHub(async hub =>
    {
        const int Threads = 3;
        const int Each = 2_000;
        int ran = 0;
        var done = new TaskCompletionSource();
        CaseThread[] posters = [.. Enumerable.Range(0, Threads).Select(_ => new CaseThread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                hub.Post(() =>
                {
                    if (++ran == Threads * Each)
                    {
                        done.SetResult();
                    }
                });
            }
        }))];
        await done.Task;
        Array.ForEach(posters, static poster => poster.Join());

        // Now the same to a hub that is known to sleep in its backend.
        using var sleeping = new SleepingThread();
        for (int i = 0; i < 10; i++)
        {
            var posted = new TaskCompletionSource();
            var late = new CaseThread(() =>
            {
                sleeping.WaitUntilAsleep();
                hub.Post(posted.SetResult);
            });
            await posted.Task;
            late.Join();
        }
    });

    private static void Lazy(CaseScene scene) => scene.OnOwner(hub =>
    {
        GreenThread spawned = GreenThread.Spawn(static () => Task.CompletedTask);
        hub.ScheduleCallGlobal(TimeSpan.Zero, static () => { });
        scene.Hold(scene.Factory.Made == 0, $"{scene.Factory.Made} backends were made before anything waited");
        spawned.Wait();
        scene.Hold(scene.Factory.Made == 1, $"{scene.Factory.Made} backends were made by the first wait");
    });

    private static void Moves(CaseScene scene) => scene.OnOwner(hub =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        GreenThread waiting = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader, read: true));
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        scene.Hold(scene.Factory is { Made: 1, Alive: 1 }, $"{scene.Factory.Made} backends were made by the first blocking call");

        // An await from outside, as in an async Main: the loop goes to a thread of its own.
        Task outside = Outside(Hubs.TrampolineAsync(reader, write: false, read: true, timeout: TimeSpan.Zero));
        scene.Hold(outside.ContinueWith(static ended => ended.IsFaulted, TaskScheduler.Default).GetAwaiter().GetResult(), "a second reader was not refused");
        TestDescriptors.Write(writer);
        waiting.Wait();
        scene.Hold(scene.Factory is { Made: 2, Alive: 1 }, $"{scene.Factory.Made} backends were made and {scene.Factory.Alive} are left, after the loop had moved once");
        hub.InvokeAsync(static async () => await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1))).GetAwaiter().GetResult();

        static async Task Outside(ValueTask wait) => await wait.ConfigureAwait(false);
    });

    private static void Dropped(CaseScene scene) => scene.OnOwner(hub =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        bool fired = false;
        hub.ScheduleCallGlobal(TimeSpan.FromMilliseconds(2), () => fired = true);
        GreenThread.SpawnN(async () =>
        {
            await Hubs.TrampolineAsync(reader, read: true);
            fired = true;
        });
        GreenThread.Sleep();
        Hubs.UseHub(scene.Factory);
        scene.Hold(scene.Factory.Alive == 0, "the backend of the hub that was replaced is not disposed");
        using Hub next = Hubs.GetHub();
        TestDescriptors.Write(writer);
        Hubs.Trampoline(reader, read: true);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(5));
        scene.Hold(!fired, "a timer or a waiter of the hub that was replaced has fired");
    });

    private static void TwoHubs(CaseScene scene)
    {
        using (Hub first = Hub.Start(scene.Factory))
        using (Hub second = Hub.Start(scene.Factory))
        {
            (int a, int b) = scene.Fds.SocketPair();
            Task one = first.InvokeAsync(() => PlayAsync(a));
            Task other = second.InvokeAsync(() => PlayAsync(b));
            TestDescriptors.Write(a, 1);
            Task.WhenAll(one, other).GetAwaiter().GetResult();
        }

        scene.Hold(scene.Factory is { Made: 2, Alive: 0 }, $"{scene.Factory.Made} backends were made for two hubs, and {scene.Factory.Alive} are left");

        static async Task PlayAsync(int fd)
        {
            for (int i = 0; i < 500; i++)
            {
                await Hubs.TrampolineAsync(fd, read: true);
                TestDescriptors.Read(fd, 1);
                TestDescriptors.Write(fd, 1);
            }
        }
    }

    private static void RunAgain(CaseScene scene) => scene.OnOwner(hub =>
    {
        (int reader, int writer) = scene.Fds.Pipe();
        for (int i = 0; i < 20; i++)
        {
            TestDescriptors.Write(writer, 1);
            hub.Run(async () =>
            {
                await Hubs.TrampolineAsync(reader, read: true);
                TestDescriptors.Drain(reader);
            });
        }

        scene.Hold(scene.Factory.Made == 1, $"{scene.Factory.Made} backends were made");
    });
}
