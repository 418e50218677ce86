using System.Net;
using System.Net.Sockets;

namespace Eventlet.Testing.Cases;

/// <summary>Errors, hang-ups and halves that end.</summary>
internal static class EndCases
{
    private const Readiness Ended = Readiness.HangUp | Readiness.Error;

    internal static readonly HubCase[] All =
    [
        New("Wait_WriterOfPipeCloses_ReaderIsTold", "Readiness.HangUp", "the end of a pipe wakes its reader", WriterCloses),
        New("Wait_ReaderOfPipeCloses_WriterIsTold", "Readiness.Error", "a pipe without a reader wakes its writer", ReaderCloses),
        New("Wait_PeerEndsItsHalf_ReaderIsToldAndNoWriter", "Readiness.ReadEnd", "the end of the peer's half wakes the reader, and not the writer", HalfClose),
        New("Wait_PeerEndsItsHalfAfterAShortRead_IsAnEventOfItsOwn", "Readiness.ReadEnd", "the end of the stream is reported after data that was read", HalfCloseLater),
        New("Wait_PeerHangsUp_ReaderAndWriterAreTold", "Readiness.HangUp", "when both directions have ended, reader and writer are woken", HangUp),
        New("Wait_PeerResets_ReaderAndWriterAreTold", "Readiness.Error", "a reset wakes reader and writer", Reset),
        New("Wait_ConnectIsRefused_WriterIsTold", "Readiness.Error", "a connect that fails wakes the writer", Refused),
        New("Wait_HangUpThatNobodyAskedFor_NotLost", "Readiness.HangUp", "a hang-up comes unasked: one who waits to write learns it", HangUpUnasked),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body) => new(HubCaseLevel.Backend, name, member, promise, body);

    private static bool EndsRead(Readiness seen) => (seen & (Readiness.Read | Ended)) != 0;

    private static bool EndsWrite(Readiness seen) => (seen & (Readiness.Write | Ended)) != 0;

    private static void WriterCloses(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        scene.Backend.Register(reader, Interest.Read, 1);
        scene.Fds.Close(writer);
        scene.Gather(1, EndsRead, "when the writer closed");
    }

    private static void ReaderCloses(CaseScene scene)
    {
        (int reader, int writer) = scene.Fds.Pipe();
        TestDescriptors.Fill(writer);
        scene.Backend.Register(writer, Interest.Write, 1);
        scene.ExpectNothing("for a full pipe");
        scene.Fds.Close(reader);
        scene.Gather(1, EndsWrite, "when the reader closed");
    }

    private static void HalfClose(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Fill(a);
        scene.Backend.Register(a, Interest.Write, 1);
        TestDescriptors.EndSending(b);
        scene.ExpectNothing("for one who waits to write, when the peer ended its half");
        scene.Backend.Modify(a, Interest.Read, 2);
        Readiness seen = scene.Gather(2, Readiness.Read, "when the peer ended its half");
        Readiness expected = Readiness.Read | (scene.Capabilities.ReadEnd ? Readiness.ReadEnd : 0);
        scene.Hold(seen == expected, $"{seen} came, instead of {expected} (BackendCapabilities.ReadEnd is {scene.Capabilities.ReadEnd})");
    }

    private static void HalfCloseLater(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        scene.Backend.Register(a, Interest.Read, 1);
        TestDescriptors.Write(b, 5);
        scene.Expect(1, Readiness.Read, "for five bytes");
        TestDescriptors.Read(a, 100);
        if (scene.Capabilities.Trigger == Trigger.OneShot)
        {
            scene.Backend.Modify(a, Interest.Read, 1);
        }

        TestDescriptors.EndSending(b);
        scene.Gather(1, Readiness.Read, "when the peer ended its half afterwards");
    }

    private static void HangUp(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Fill(a);
        scene.Backend.Register(a, Interest.Read | Interest.Write, 1);
        scene.Fds.Close(b);
        scene.Gather(1, static seen => EndsRead(seen) && EndsWrite(seen), "when the peer closed");
    }

    private static void Reset(CaseScene scene)
    {
        using Socket listener = Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        int fd = (int)server.SafeHandle.DangerousGetHandle();
        scene.Backend.Register(fd, Interest.Read, 1);
        scene.ExpectNothing("for an idle connection");
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();
        scene.Gather(1, EndsRead, "when the peer reset the connection");
        scene.Backend.Modify(fd, Interest.Write, 2);
        scene.Gather(2, EndsWrite, "for a writer, after the peer reset the connection");
        scene.Backend.Unregister(fd);
    }

    private static void Refused(CaseScene scene)
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            socket.Connect(closed.LocalEndPoint!);
        }
        catch (SocketException)
        {
            // Begun, or refused at once: in either case the socket has an error to collect, or will have.
        }

        int fd = (int)socket.SafeHandle.DangerousGetHandle();
        scene.Backend.Register(fd, Interest.Write, 1);
        scene.Gather(1, EndsWrite, "when the connect was refused");
        scene.Backend.Unregister(fd);
    }

    private static void HangUpUnasked(CaseScene scene)
    {
        (int a, int b) = scene.Fds.SocketPair();
        TestDescriptors.Fill(a);
        scene.Backend.Register(a, Interest.Write, 1);
        scene.ExpectNothing("for a full socket");
        scene.Fds.Close(b);
        scene.Gather(1, EndsWrite, "when the peer closed and only Write was asked for");
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }
}
