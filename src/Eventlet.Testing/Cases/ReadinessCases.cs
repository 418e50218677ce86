using System.Net;
using System.Net.Sockets;

namespace Eventlet.Testing.Cases;

/// <summary>What is reported when, by trigger.</summary>
internal static class ReadinessCases
{
    internal static readonly HubCase[] All =
    [
        New("Wait_RoomToSend_Write", "HubBackend.Wait", "a socket with room is writable, a full one is not until there is room again", RoomToSend),
        New("Wait_BothDirectionsReady_Both", "HubBackend.Wait", "both directions of one registration are reported", BothDirections),
        New("Wait_AfterAnEvent_RepeatsAsTheTriggerSays", "BackendCapabilities.Trigger", "a level is reported at every Wait, an edge and a one-shot once", Repeats),
        New("Wait_NewDataAfterAnEvent_AsTheTriggerSays", "BackendCapabilities.Trigger", "what arrives after an event is reported, except by a one-shot before its Modify", NewData),
        New("Wait_NotReadyAnyMore_NoEvent", "HubBackend.Wait", "what was consumed before Wait is not reported", NotReadyAnyMore),
        New("Wait_OutOfBandData_Read", "Readiness.Read", "urgent data wakes a reader", OutOfBand, Needs.OutOfBand),
        New("Wait_RegularFileForRead_Ready", "BackendCapabilities.RegularFiles", "a regular file is always ready", static scene => RegularFile(scene, Interest.Read), Needs.RegularFiles),
        New("Wait_RegularFileForWrite_Ready", "BackendCapabilities.RegularFiles", "a regular file is always ready", static scene => RegularFile(scene, Interest.Write), Needs.RegularFiles),
        New("Wait_RegularFileForBoth_Ready", "BackendCapabilities.RegularFiles", "a regular file is always ready", static scene => RegularFile(scene, Interest.Read | Interest.Write), Needs.RegularFiles),
        New("Wait_RegularFilesArmedAgainAndAgain_LeaveRoomForOthers", "ReadyEvent", "what does not fit comes in rotation: files that are always ready starve nobody", FilesLeaveRoom, Needs.RegularFiles),
        New("Modify_RegularFilesNumberIsASocketsNow_WatchesTheSocket", "HubBackend.Modify", "it looks at the descriptor, not at what it was", FileBecomesSocket, Needs.RegularFiles),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body, Func<BackendCapabilities, string?>? whyNot = null) =>
        new(HubCaseLevel.Backend, name, member, promise, body, whyNot);

    private static void RoomToSend(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        scene.Backend.Register(a, Interest.Write, 7);
        scene.Expect(7, Readiness.Write, "for an empty socket");
        TestDescriptors.Fill(a);
        scene.Backend.Modify(a, Interest.Write, 8);
        scene.ExpectNothing("for a full socket");
        TestDescriptors.Drain(b);
        scene.Expect(8, Readiness.Write, "when the peer had read");
    }

    private static void BothDirections(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Write(b);
        scene.Backend.Register(a, Interest.Read | Interest.Write, 7);
        scene.Expect(7, Readiness.Read | Readiness.Write, "for a socket with data and room");
    }

    private static void Repeats(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Backend.Register(reader, Interest.Read, 1);
        TestDescriptors.Write(writer);
        scene.Expect(1, Readiness.Read, "for the data");
        for (int i = 0; i < 3; i++)
        {
            List<ReadyEvent> seen = scene.Now();
            int expected = scene.Capabilities.Trigger == Trigger.Level ? 1 : 0;
            scene.Hold(seen.Count == expected, $"{CaseScene.Show(seen)} came at a later Wait without new data, though the trigger is {scene.Capabilities.Trigger}");
        }
    }

    private static void NewData(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Backend.Register(reader, Interest.Read, 1);
        for (int i = 0; i < 5; i++)
        {
            TestDescriptors.Write(writer);
            if (scene.Capabilities.Trigger == Trigger.OneShot && i > 0)
            {
                scene.ExpectNothing("from a one-shot that was not armed again");
                scene.Backend.Modify(reader, Interest.Read, 1);
            }

            scene.Expect(1, Readiness.Read, "for more data");
        }

        TestDescriptors.Drain(reader);
        scene.ExpectNothing("when all was read");
        scene.Backend.Modify(reader, Interest.Read, 2);
        scene.ExpectNothing("after Modify of what is not ready");
        TestDescriptors.Write(writer);
        scene.Expect(2, Readiness.Read, "for data after all was read");
    }

    private static void NotReadyAnyMore(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Backend.Register(reader, Interest.Read, 1);
        TestDescriptors.Write(writer);
        TestDescriptors.Drain(reader);
        scene.Backend.Modify(reader, Interest.Read, 2);
        scene.ExpectNothing("for data that was read before");
    }

    private static void OutOfBand(CaseScene scene)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        int fd = (int)server.SafeHandle.DangerousGetHandle();
        scene.Backend.Register(fd, Interest.Read, 1);
        client.Send([1], SocketFlags.OutOfBand);
        scene.Gather(1, Readiness.Read, "for an urgent byte");
        scene.Backend.Unregister(fd);
    }

    private static void RegularFile(CaseScene scene, Interest interest)
    {
        int fd = scene.Fds.RegularFile();
        scene.Backend.Register(fd, interest, 1);
        scene.Expect(1, (Readiness)interest, "for a regular file");
        int expected = scene.Capabilities.Trigger == Trigger.Level ? 1 : 0;
        scene.Hold(scene.Now().Count == expected, $"it was reported again {1 - expected} times by a backend whose trigger is {scene.Capabilities.Trigger}");
        scene.Backend.Modify(fd, Interest.Read, 2);
        scene.Expect(2, Readiness.Read, "after Modify of a regular file");
        scene.Backend.Modify(fd, Interest.Read, 3);
        scene.Backend.Unregister(fd);
        scene.ExpectNothing("for a regular file that was unregistered");
    }

    private static void FilesLeaveRoom(CaseScene scene)
    {
        int[] files = [.. Enumerable.Range(0, 10).Select(_ => scene.Fds.Open("/dev/null"))];
        Array.ForEach(files, file => scene.Backend.Register(file, Interest.Read, 1));
        scene.Backend.Register(scene.Fds.Eventfd(1), Interest.Read, 2);
        bool seen = false;
        for (int i = 0; i < 20 && !seen; i++)
        {
            seen = scene.Now(4).Exists(static ready => ready.Token == 2);
            Array.ForEach(files, file => scene.Backend.Modify(file, Interest.Read, 1));
        }

        scene.Hold(seen, "a ready eventfd was not reported in 20 waits beside ten files, with room for four events");
    }

    private static void FileBecomesSocket(CaseScene scene)
    {
        int fd = scene.High(scene.Fds.RegularFile());
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.Expect(1, Readiness.Read, "for the file");
        scene.Fds.Close(fd);
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Fds.MoveHigh(reader, fd);
        scene.Backend.Modify(fd, Interest.Read, 2);
        scene.ExpectNothing("for an empty pipe in the place of a file");
        TestDescriptors.Write(writer);
        scene.Expect(2, Readiness.Read, "for the pipe's data");
        scene.Backend.Unregister(fd);
    }
}
