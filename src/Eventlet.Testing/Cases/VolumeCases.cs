namespace Eventlet.Testing.Cases;

/// <summary>Many descriptors, many events, and what a turn costs.</summary>
internal static class VolumeCases
{
    internal static readonly HubCase[] All =
    [
        New("Wait_MoreEventsThanFit_ComeInRotation", "ReadyEvent", "what does not fit comes with the next Wait, in rotation: none is lost, none comes twice before another came once", Rotation),
        New("Wait_RoomForOne_EveryEventComes", "ReadyEvent", "what does not fit comes with the next Wait", RoomForOne),
        New("Wait_ThousandsOfDescriptors_ExactlyTheReadyOnes", "HubBackend.Wait", "of thousands of descriptors, those that are ready and registered are reported, and no others", Thousands),
        New("Wait_ManyTurns_EveryByteIsSeen", "HubBackend.Wait", "over many turns of arming, data and reading nothing is lost", ManyTurns),
        New("Wait_SteadyState_AllocatesNothing", "HubBackend.Wait", "Wait and Modify allocate nothing in steady state", AllocatesNothing),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body) => new(HubCaseLevel.Backend, name, member, promise, body);

    private static void Rotation(CaseScene scene)
    {
        for (ulong token = 0; token < 10; token++)
        {
            scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, token);
        }

        bool repeats = scene.Capabilities.Trigger == Trigger.Level;
        int[] seen = new int[10];
        int waits = repeats ? 20 : 4;
        for (int i = 0; i < waits; i++)
        {
            scene.Now(3).ForEach(ready => seen[ready.Token]++);
        }

        // Sixty places among ten that are always ready are six for each.
        (int least, int most) = repeats ? (5, 7) : (1, 1);
        scene.Hold(
            seen.All(times => times >= least && times <= most),
            $"ten ready descriptors were reported {string.Join(", ", seen)} times in {waits} waits with room for three, instead of {least} to {most} times each");
    }

    private static void RoomForOne(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Write(b);
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 0);
        scene.Backend.Register(a, Interest.Read | Interest.Write, 1);
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 2);
        Readiness[] seen = new Readiness[3];
        for (int i = 0; i < 12; i++)
        {
            scene.Now(1).ForEach(ready => seen[ready.Token] |= ready.What);
        }

        scene.Hold(
            seen is [Readiness.Read, Readiness.Read | Readiness.Write, Readiness.Read],
            $"three ready descriptors were reported as {string.Join("; ", seen)} in twelve waits with room for one");
    }

    private static void Thousands(CaseScene scene)
    {
        int count = Math.Min(2000, (Math.Min(TestDescriptors.Limit, scene.Capabilities.MaxDescriptor ?? int.MaxValue) - 400) / 2);
        if (count < 100)
        {
            throw new NotApplicableException("this process may not open enough descriptors");
        }

        int[] fds = [.. Enumerable.Range(0, count).Select(_ => scene.Fds.Eventfd())];
        for (int i = 0; i < count; i++)
        {
            scene.Backend.Register(fds[i], Interest.Read, (ulong)i);
        }

        for (int i = 0; i < count; i += 3)
        {
            scene.Backend.Unregister(fds[i]);
        }

        for (int i = 0; i < count; i += 2)
        {
            TestDescriptors.Write(fds[i]);
        }

        HashSet<int> expected = [.. Enumerable.Range(0, count).Where(static i => i % 2 == 0 && i % 3 != 0)];
        HashSet<int> seen = [];
        while (seen.Count < expected.Count)
        {
            foreach (ReadyEvent ready in scene.Soon(2000))
            {
                scene.Hold(expected.Contains((int)ready.Token), $"{ready.What} came for descriptor number {ready.Token} of {count}, which is not ready or not registered");
                seen.Add((int)ready.Token);
            }
        }
    }

    private static void ManyTurns(CaseScene scene)
    {
        const int Pipes = 16;
        (int Reader, int Writer)[] pipes = [.. Enumerable.Range(0, Pipes).Select(_ => scene.Fds.Pipe())];
        for (int i = 0; i < Pipes; i++)
        {
            scene.Backend.Register(pipes[i].Reader, Interest.Read, (ulong)i);
        }

        var random = new Random(4711);
        for (int turn = 0; turn < 2000; turn++)
        {
            HashSet<int> written = [];
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                int pipe = random.Next(Pipes);
                TestDescriptors.Write(pipes[pipe].Writer, 1);
                written.Add(pipe);
            }

            while (written.Count > 0)
            {
                foreach (ReadyEvent ready in scene.Soon(random.Next(1, 8)))
                {
                    int pipe = (int)ready.Token;
                    scene.Hold(written.Remove(pipe), $"pipe {pipe} was reported in turn {turn}, though nothing was written to it");
                    TestDescriptors.Drain(pipes[pipe].Reader);
                    if (scene.Capabilities.Trigger == Trigger.OneShot)
                    {
                        scene.Backend.Modify(pipes[pipe].Reader, Interest.Read, ready.Token);
                    }
                }
            }
        }
    }

    private static void AllocatesNothing(CaseScene scene)
    {
        const int Turns = 100;
        const int Rounds = 100;
        (int reader, int writer) = scene.Fds.Pipe();
        HubBackend backend = scene.Backend;
        backend.Register(reader, Interest.Read, 1);
        ReadyEvent[] ready = new ReadyEvent[16];
        byte[] bytes = new byte[8];
        long allocated = 1;

        // The first rounds run code that is not optimized yet, which allocates where the final code does not.
        for (int round = 0; round < Rounds && allocated > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int turn = 0; turn < Turns; turn++)
            {
                Turn();
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        scene.Hold(allocated == 0, $"{allocated} bytes were allocated in {Turns} turns, after {(Rounds - 1) * Turns} turns before");

        void Turn()
        {
            TestDescriptors.Write(writer, bytes);
            while (backend.Wait(ready, Timeout.InfiniteTimeSpan) == 0)
            {
            }

            TestDescriptors.Read(reader, bytes);
            backend.Modify(reader, Interest.Read, 1);
            backend.Wait(ready, TimeSpan.FromTicks(1));
        }
    }
}
