namespace Eventlet.Testing.Cases;

/// <summary>Making and disposing backends.</summary>
internal static class LifeCases
{
    internal static readonly HubCase[] All =
    [
        New("Descriptors_OfABackend_AreCloseOnExec", "HubBackend", "its descriptors are close-on-exec: no child process inherits one", CloseOnExec),
        New("Dispose_ManyBackends_LeaveNoDescriptor", "HubBackend.Dispose", "it frees the kernel objects", LeavesNothing),
        New("Dispose_Twice_DoesNothing", "HubBackend.Dispose", "it is idempotent", Twice),
        New("Dispose_FromAnotherThread_Frees", "HubBackend.Dispose", "it may come from another thread, when no thread is inside", AnotherThread),
        New("Dispose_ThenAnythingElse_ThrowsOrDoesNothing", "HubBackend.Dispose", "afterwards Register, Modify and Wait throw ObjectDisposedException, Unregister and Wake do nothing", Afterwards),
        New("Dispose_WithDescriptorsRegistered_LeavesThemAlone", "HubBackend.Dispose", "the descriptors that were registered stay open and as they were", LeavesStrangersAlone),
        New("Create_SeveralAtOnce_AreIndependent", "HubFactory.Create", "backends of several hubs share nothing", Independent),
        New("Create_OnThreadsOfTheirOwn_EachServesItsThread", "HubFactory.Create", "several threads may each have a backend", OnSeveralThreads),
        New("IsAvailable_ManyTimes_LeavesNothingOpen", "HubFactory.IsAvailable", "it probes and leaves nothing open", Probe),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body) => new(HubCaseLevel.Backend, name, member, promise, body);

    private static void CloseOnExec(CaseScene scene)
    {
        HashSet<int> before = TestDescriptors.All();
        HubBackend backend = scene.NewBackend();
        int[] made = [.. TestDescriptors.All().Except(before)];
        HashSet<int> inherited = [.. made.Where(static fd => !TestDescriptors.IsCloseOnExec(fd))];
        backend.Dispose();

        // What another thread of the process has opened meanwhile is there still.
        inherited.ExceptWith(TestDescriptors.All());
        scene.Hold(inherited.Count == 0, $"{inherited.Count} of its {made.Length} descriptors would be inherited by child processes");
    }

    private static void LeavesNothing(CaseScene scene)
    {
        const int Count = 32;

        // The first may load what stays.
        Use(scene);
        int before = TestDescriptors.All().Count;
        for (int i = 0; i < Count; i++)
        {
            Use(scene);
        }

        int more = TestDescriptors.All().Count - before;
        scene.Hold(more < Count, $"{more} descriptors more are open after {Count} backends were made and disposed");
    }

    private static void Use(CaseScene scene)
    {
        HubBackend backend = scene.NewBackend();
        backend.Register(scene.Fds.Eventfd(1), Interest.Read, 1);
        scene.Hold(backend.Wait(new ReadyEvent[4], Timeout.InfiniteTimeSpan) == 1, "a ready descriptor was not reported");
        backend.Wake();
        backend.Dispose();
        scene.Fds.Dispose();
    }

    private static void Twice(CaseScene scene)
    {
        HubBackend backend = scene.NewBackend();
        backend.Dispose();
        backend.Dispose();
        int[] fds = [.. Enumerable.Range(0, 8).Select(_ => scene.Fds.Eventfd(1))];
        backend.Dispose();
        scene.Hold(Array.TrueForAll(fds, static fd => TestDescriptors.Read(fd) == 8), "a descriptor opened after the first Dispose was closed by the second");
    }

    private static void AnotherThread(CaseScene scene)
    {
        HubBackend backend = scene.NewBackend();
        backend.Register(scene.Fds.Eventfd(1), Interest.Read, 1);
        backend.Wait(new ReadyEvent[4], TimeSpan.Zero);
        new CaseThread(backend.Dispose).Join();
        scene.Throws<ObjectDisposedException>(() => backend.Wait(new ReadyEvent[4], TimeSpan.Zero), "from Wait after Dispose on another thread");
    }

    private static void Afterwards(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd(1);
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Backend.Dispose();
        scene.Backend.Wake();
        scene.Backend.Unregister(fd);
        scene.Backend.Unregister(-1);
        scene.Throws<ObjectDisposedException>(() => scene.Backend.Register(fd, Interest.Read, 1), "from Register after Dispose");
        scene.Throws<ObjectDisposedException>(() => scene.Backend.Modify(fd, Interest.Read, 1), "from Modify after Dispose");
        scene.Throws<ObjectDisposedException>(() => scene.Now(), "from Wait after Dispose");
    }

    private static void LeavesStrangersAlone(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        int file = scene.Fds.Eventfd(1);
        scene.Backend.Register(reader, Interest.Read, 1);
        scene.Backend.Register(file, Interest.Read, 2);
        scene.Soon();
        scene.Backend.Dispose();
        TestDescriptors.Write(writer);
        scene.Hold(TestDescriptors.Read(reader) == 8 && TestDescriptors.Read(file) == 8, "a registered descriptor cannot be read any more");
        scene.Hold(TestDescriptors.Read(reader) == -Native.Libc.EAGAIN, "a registered descriptor is not in non-blocking mode any more");
    }

    private static void Independent(CaseScene scene)
    {
        int fd = scene.Fds.Eventfd(1);
        HubBackend other = scene.NewBackend();
        scene.Backend.Register(fd, Interest.Read, 1);
        ReadyEvent[] ready = new ReadyEvent[4];
        scene.Hold(other.Wait(ready, TimeSpan.Zero) == 0, "one backend reports what was registered with another");
        other.Register(fd, Interest.Read, 2);
        scene.Expect(1, Readiness.Read, "from the first of two backends that watch one descriptor");
        scene.Hold(other.Wait(ready, Timeout.InfiniteTimeSpan) == 1 && ready[0].Token == 2, "the second of two backends that watch one descriptor does not report it");
        other.Dispose();
        scene.Backend.Modify(fd, Interest.Read, 3);
        scene.Expect(3, Readiness.Read, "when the other one was disposed");
    }

    private static void OnSeveralThreads(CaseScene scene)
    {
        const int Threads = 4;
        const int Turns = 500;
        int[] seen = new int[Threads];
        CaseThread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new CaseThread(() =>
        {
            using HubBackend backend = scene.Factory.Create(new HubOptions());
            using var fds = new TestDescriptors();
            (int reader, int writer) = fds.Pipe();
            backend.Register(reader, Interest.Read, (ulong)i);
            ReadyEvent[] ready = new ReadyEvent[4];
            for (int turn = 0; turn < Turns; turn++)
            {
                TestDescriptors.Write(writer);
                while (backend.Wait(ready, Timeout.InfiniteTimeSpan) == 0)
                {
                }

                seen[i] += ready[0].Token == (ulong)i ? 1 : 0;
                TestDescriptors.Drain(reader);
                backend.Modify(reader, Interest.Read, (ulong)i);
            }
        }))];
        Array.ForEach(threads, static thread => thread.Join());
        scene.Hold(Array.TrueForAll(seen, static count => count == Turns), $"backends on {Threads} threads saw {string.Join(", ", seen)} of {Turns} events of their own");
    }

    private static void Probe(CaseScene scene)
    {
        const int Count = 32;
        scene.Hold(scene.Factory.IsAvailable(out string? whyNot), $"it is not available: {whyNot}");
        int before = TestDescriptors.All().Count;
        for (int i = 0; i < Count; i++)
        {
            scene.Factory.IsAvailable(out _);
        }

        int more = TestDescriptors.All().Count - before;
        scene.Hold(more < Count, $"{more} descriptors more are open after {Count} probes");
    }
}
