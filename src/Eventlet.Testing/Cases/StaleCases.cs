namespace Eventlet.Testing.Cases;

/// <summary>Descriptors that are closed, and numbers that are handed out again.</summary>
internal static class StaleCases
{
    internal static readonly HubCase[] All =
    [
        New("Wait_ClosedBehindTheBack_InvalidWhereItIsSeen", "BackendCapabilities.SeesClose", "a descriptor that was closed is reported as Invalid where that can be seen, else not at all", ClosedBehindTheBack),
        New("Wait_ManyClosedBehindTheBack_AllReportedInTurn", "BackendCapabilities.SeesClose", "each descriptor that was closed is reported as Invalid, in rotation", ManyClosed, Needs.SeesClose),
        New("Register_NumberUsedAgain_OnlyTheNewTokenComes", "HubBackend.Register", "a registration of a number that means another file now replaces the old one", NumberUsedAgain),
        New("Modify_NumberUsedAgain_ThrowsOrWatchesTheNewFile", "HubBackend.Modify", "it throws if the registration is gone, or watches what the number means now", ModifyNumberUsedAgain),
        New("Wait_ClosedAndRecycledWithinABatch_OnlyTheNewTokenComes", "HubBackend.Unregister", "no event of a registration that has ended comes later, not even one that was seen already", RecycledWithinABatch),
        New("Unregister_WithItsEventLeftOver_NoEventLater", "HubBackend.Unregister", "no event of a registration that has ended comes later, not even one that did not fit before", LeftOver),
        New("Modify_WithItsEventLeftOver_OnlyTheNewTokenComes", "HubBackend.Modify", "after Modify the old token does not come any more, not even with an event that did not fit before", LeftOverModified),
        New("Wait_DuplicateStaysOpen_RegistrationOfTheNumberEnds", "HubBackend.Unregister", "after Unregister nothing comes, even if another descriptor of the same file is open", Duplicate),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body, Func<BackendCapabilities, string?>? whyNot = null) =>
        new(HubCaseLevel.Backend, name, member, promise, body, whyNot);

    private static void ClosedBehindTheBack(CaseScene scene)
    {
        int fd = scene.High(scene.Fds.Eventfd());
        int other = scene.Fds.Eventfd(1);
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Fds.Close(fd);
        if (scene.Capabilities.SeesClose)
        {
            scene.Expect(1, Readiness.Invalid, "for a descriptor that was closed");
            scene.Backend.Unregister(fd);
        }
        else
        {
            scene.ExpectNothing("for a descriptor that was closed, from a backend that does not see it");
            scene.Throws<IOException>(() => scene.Backend.Modify(fd, Interest.Read, 1), "from Modify of a descriptor that was closed");
        }

        scene.Backend.Register(other, Interest.Read, 2);
        scene.Expect(2, Readiness.Read, "for another descriptor afterwards");
    }

    private static void ManyClosed(CaseScene scene)
    {
        const int Count = 10;
        for (ulong token = 0; token < Count; token++)
        {
            int fd = scene.High(scene.Fds.Eventfd());
            scene.Backend.Register(fd, Interest.Read, token);
            scene.Fds.Close(fd);
        }

        HashSet<ulong> seen = [];
        for (int i = 0; i < 4; i++)
        {
            foreach (ReadyEvent ready in scene.Now(3))
            {
                scene.Hold(ready.What == Readiness.Invalid, $"{ready.What} came for a descriptor that was closed");
                seen.Add(ready.Token);
            }
        }

        scene.Hold(seen.Count == Count, $"{seen.Count} of {Count} closed descriptors were reported in four waits with room for three");
    }

    private static void NumberUsedAgain(CaseScene scene)
    {
        int number = scene.High(scene.Fds.Eventfd(1));
        scene.Backend.Register(number, Interest.Read, 1);
        scene.Fds.Close(number);
        scene.Fds.MoveHigh(scene.Fds.Eventfd(1), number);
        scene.Backend.Register(number, Interest.Read, 2);
        scene.Expect(2, Readiness.Read, "for a number that was closed, opened and registered again");
    }

    private static void ModifyNumberUsedAgain(CaseScene scene)
    {
        int number = scene.High(scene.Fds.Eventfd());
        scene.Backend.Register(number, Interest.Read, 1);
        scene.Fds.Close(number);
        scene.Fds.MoveHigh(scene.Fds.Eventfd(1), number);
        try
        {
            scene.Backend.Modify(number, Interest.Read, 2);
        }
        catch (IOException)
        {
            // As the contract says; the loop then does this.
            scene.Backend.Register(number, Interest.Read, 2);
        }

        scene.Expect(2, Readiness.Read, "for a number that means another file now");
    }

    private static void RecycledWithinABatch(CaseScene scene)
    {
        int first = scene.High(scene.Fds.Eventfd(1));
        int second = scene.High(scene.Fds.Eventfd(1));
        scene.Backend.Register(first, Interest.Read, 1);
        scene.Backend.Register(second, Interest.Read, 2);
        HashSet<ulong> seen = [];
        while (seen.Count < 2)
        {
            scene.Soon().ForEach(ready => seen.Add(ready.Token));
        }

        // What a waiter of the first event does to the second one's descriptor before the loop comes to that.
        scene.Backend.Unregister(first);
        scene.Backend.Unregister(second);
        scene.Fds.Close(second);
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Fds.MoveHigh(reader, second);
        scene.Backend.Register(second, Interest.Read, 3);
        scene.ExpectNothing("for an empty pipe under a number that was ready in the last batch");
        TestDescriptors.Write(writer);
        scene.Expect(3, Readiness.Read, "for the pipe's data");
    }

    private static void LeftOver(CaseScene scene)
    {
        int[] fds = Ten(scene, out ulong first);
        for (int i = 0; i < fds.Length; i++)
        {
            if (i != (int)first)
            {
                scene.Backend.Unregister(fds[i]);
            }
        }

        for (int i = 0; i < 5; i++)
        {
            List<ReadyEvent> seen = scene.Now();
            scene.Hold(!seen.Exists(ready => ready.Token != first), $"{CaseScene.Show(seen)} came after its Unregister");
        }
    }

    private static void LeftOverModified(CaseScene scene)
    {
        int[] fds = Ten(scene, out _);
        foreach (int fd in fds)
        {
            TestDescriptors.Drain(fd);
            scene.Backend.Modify(fd, Interest.Read, 100);
        }

        List<ReadyEvent> seen = scene.Now();
        scene.Hold(!seen.Exists(static ready => ready.Token != 100), $"{CaseScene.Show(seen)} came after a Modify with token 100");
        Array.ForEach(fds, static fd => TestDescriptors.Write(fd));
        scene.Expect(100, Readiness.Read, "when they were ready again");
    }

    private static void Duplicate(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        int other = scene.Fds.Duplicate(reader);
        scene.Backend.Register(reader, Interest.Read, 1);
        scene.Backend.Unregister(reader);
        scene.Fds.Close(reader);
        TestDescriptors.Write(writer);
        scene.ExpectNothing("for the file of a descriptor that was unregistered and closed");
        scene.Backend.Register(other, Interest.Read, 2);
        scene.Expect(2, Readiness.Read, "for the other descriptor of that file");
    }

    /// <summary>Ten ready descriptors, of which one event was taken.</summary>
    private static int[] Ten(CaseScene scene, out ulong first)
    {
        int[] fds = new int[10];
        for (int i = 0; i < fds.Length; i++)
        {
            fds[i] = scene.Fds.Eventfd(1);
            scene.Backend.Register(fds[i], Interest.Read, (ulong)i);
        }

        first = scene.Soon(1)[0].Token;
        return fds;
    }
}
