using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Eventlet.Testing.Cases;

/// <summary>Readiness of every kind of descriptor.</summary>
internal static class KindCases
{
    internal static readonly HubCase[] All =
    [
        Kind("Pipe", static scene => scene.Fds.Pipe() is var (reader, writer) ? (reader, () => TestDescriptors.Write(writer)) : default),
        Kind("Fifo", Fifo),
        Kind("UnixStream", static scene => Pair(scene, datagrams: false)),
        Kind("UnixDatagram", static scene => Pair(scene, datagrams: true)),
        Kind("Eventfd", static scene => scene.Fds.Eventfd() is var fd ? (fd, () => TestDescriptors.Write(fd)) : default),
        Kind("Signalfd", static scene => (scene.Fds.Signalfd(), TestDescriptors.RaiseSignal), TestDescriptors.TakeSignal),
        Kind("Terminal", Terminal),
        New("Wait_Timerfd_ReadWhenItExpires", "a timerfd is readable when it has expired", Timerfd),
        New("Wait_Inotify_ReadWhenAFileIsMade", "an inotify instance is readable when something has happened", Inotify),
        New("Wait_Pidfd_ReadWhenTheProcessEnds", "a pidfd is readable when its process has ended", Pidfd),
        New("Wait_TcpListener_ReadWhenSomebodyConnects", "a listening socket is readable when there is a connection to accept", TcpListener),
        New("Wait_TcpConnection_BothDirections", "a TCP connection is reported like any socket", TcpConnection),
        New("Wait_TcpConnect_WriteWhenDone", "a connect that was begun ends as writable", TcpConnect),
        New("Wait_UnixListener_ReadWhenSomebodyConnects", "a listening socket is readable when there is a connection to accept", UnixListener),
        New("Wait_Udp_ReadWhenADatagramArrives", "a UDP socket is readable when a datagram is there", Udp),
        New("Wait_Epollfd_ReadWhenItHasEvents", "a descriptor that is itself a multiplexer is watched like any other", Nested),
    ];

    private static HubCase New(string name, string promise, Action<CaseScene> body) => new(HubCaseLevel.Backend, name, "HubBackend.Register", promise, body);

    /// <summary>A kind whose reading end is made ready on demand, and emptied by reading.</summary>
    private static HubCase Kind(string kind, Func<CaseScene, (int Fd, Action MakeReady)> make, Action<int>? empty = null) =>
        New($"Wait_{kind}_ReadWhenDataArrives", "any descriptor that can be polled is reported when it is ready to read", scene =>
        {
            (int fd, Action makeReady) = make(scene);
            scene.Backend.Register(fd, Interest.Read, 0xFEDC_BA98_7654_3210);
            for (int i = 0; i < 3; i++)
            {
                scene.ExpectNothing("before data arrived");
                makeReady();
                scene.Expect(0xFEDC_BA98_7654_3210, Readiness.Read, "when data arrived");
                (empty ?? TestDescriptors.Drain)(fd);
                scene.Backend.Modify(fd, Interest.Read, 0xFEDC_BA98_7654_3210);
            }

            scene.ExpectNothing("when all was read");
            scene.Backend.Unregister(fd);
        });

    private static (int Fd, Action MakeReady) Pair(CaseScene scene, bool datagrams)
    {
        (int a, int b) = scene.Fds.SocketPair(datagrams);
        return (a, () => TestDescriptors.Write(b));
    }

    private static (int Fd, Action MakeReady) Fifo(CaseScene scene)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("eventlet-testing-");
        try
        {
            int fd = scene.Fds.Fifo(Path.Combine(folder.FullName, "fifo"));
            return (fd, () => TestDescriptors.Write(fd));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (int Fd, Action MakeReady) Terminal(CaseScene scene)
    {
        (int master, int terminal) = scene.Fds.Terminal() ?? throw new NotApplicableException("this system gives no pseudo terminal");
        return (master, () => TestDescriptors.Write(terminal));
    }

    private static void Timerfd(CaseScene scene)
    {
        scene.Backend.Register(scene.Fds.ExpiringTimerfd(), Interest.Read, 1);
        scene.Expect(1, Readiness.Read, "for a timerfd that expired");
    }

    private static void Inotify(CaseScene scene)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("eventlet-testing-");
        try
        {
            scene.Backend.Register(scene.Fds.Inotify(folder.FullName), Interest.Read, 1);
            scene.ExpectNothing("before anything happened");
            File.WriteAllText(Path.Combine(folder.FullName, "file"), "");
            scene.Expect(1, Readiness.Read, "when a file was made");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Pidfd(CaseScene scene)
    {
        using Process child = Process.Start(new ProcessStartInfo("cat") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        int fd;
        try
        {
            fd = scene.Fds.Pidfd(child.Id);
        }
        catch (IOException error)
        {
            child.Kill();
            throw new NotApplicableException($"this system has no pidfd ({error.Message})");
        }

        scene.Backend.Register(fd, Interest.Read, 1);
        scene.ExpectNothing("while the process ran");
        child.StandardInput.Close();

        // Some kernels report the end of a process as a hang-up too.
        scene.Gather(1, Readiness.Read, "when the process ended");
        child.WaitForExit();
    }

    private static void TcpListener(CaseScene scene)
    {
        using Socket listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Watch(scene, listener, Interest.Read, 1);
        scene.ExpectNothing("before anybody connected");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        scene.Expect(1, Readiness.Read, "when somebody connected");
        Unwatch(scene, listener);
    }

    private static void TcpConnection(CaseScene scene)
    {
        using Socket listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        Watch(scene, server, Interest.Read, 1);
        scene.ExpectNothing("before data was sent");
        client.Send([1, 2, 3]);
        scene.Expect(1, Readiness.Read, "when data was sent");
        scene.Backend.Modify(Fd(server), Interest.Read | Interest.Write, 2);
        scene.Expect(2, Readiness.Read | Readiness.Write, "for both directions");
        Unwatch(scene, server);
    }

    private static void TcpConnect(CaseScene scene)
    {
        using Socket listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            client.Connect(listener.LocalEndPoint!);
        }
        catch (SocketException begun) when (begun.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // As it should: the event tells the end.
        }

        Watch(scene, client, Interest.Write, 1);
        scene.Expect(1, Readiness.Write, "when the connection was made");
        Unwatch(scene, client);
    }

    private static void UnixListener(CaseScene scene)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("eventlet-testing-");
        try
        {
            var at = new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "socket"));
            using Socket listener = Listen(at);
            Watch(scene, listener, Interest.Read, 1);
            scene.ExpectNothing("before anybody connected");
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(at);
            scene.Expect(1, Readiness.Read, "when somebody connected");
            Unwatch(scene, listener);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Udp(CaseScene scene)
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Watch(scene, receiver, Interest.Read, 1);
        scene.ExpectNothing("before a datagram was sent");
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.SendTo([1], receiver.LocalEndPoint!);
        scene.Expect(1, Readiness.Read, "when a datagram was sent");
        Unwatch(scene, receiver);
    }

    private static void Nested(CaseScene scene)
    {
        int timer = scene.Fds.Eventfd();
        int epoll = scene.Fds.Epollfd(timer);
        scene.Backend.Register(epoll, Interest.Read, 1);
        scene.ExpectNothing("while the inner descriptor was not ready");
        TestDescriptors.Write(timer);
        scene.Expect(1, Readiness.Read, "when the inner descriptor was ready");
    }

    private static Socket Listen(EndPoint at)
    {
        var listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(at);
        listener.Listen();
        return listener;
    }

    private static int Fd(Socket socket) => (int)socket.SafeHandle.DangerousGetHandle();

    private static void Watch(CaseScene scene, Socket socket, Interest interest, ulong token) => scene.Backend.Register(Fd(socket), interest, token);

    private static void Unwatch(CaseScene scene, Socket socket) => scene.Backend.Unregister(Fd(socket));
}
