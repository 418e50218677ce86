using System.Net.Sockets;
using Eventlet.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>
/// Row H22: trampoline suspends the current coroutine until a socket or descriptor can be read, or written, or the time-out is over. Here: the forms, and
/// every kind of descriptor.
/// </summary>
public abstract class H22_TrampolineTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private protected Fds Open { get; } = new();

    protected override void Dispose(bool disposing)
    {
        Open.Dispose();
        base.Dispose(disposing);
    }

    [Fact]
    public void BlockingForm_InAPlainThread_ReturnsWhenReady_AndGreenthreadsRunMeanwhile() => OnOwner(() =>
    {
        (int reader, int writer) = Open.Pipe();
        GreenThread other = GreenThread.Spawn(() =>
        {
            Fds.Write(writer);
            return Task.CompletedTask;
        });
        Hubs.Trampoline(reader, read: true);
        Assert.True(other.IsDead);
        Assert.Equal(8, Fds.Read(reader));
        Hubs.Trampoline(writer, write: true);
    });

    [Fact]
    public void AsyncForm_InAGreenthread_SuspendsItAlone_AndResumesItThere() => OnHub(async () =>
    {
        (int reader, int writer) = Open.Pipe();
        GreenThread self = GreenThread.Current!;
        var order = new List<string>();
        GreenThread other = GreenThread.Spawn(() =>
        {
            order.Add("other");
            Fds.Write(writer);
            return Task.CompletedTask;
        });
        int thread = Environment.CurrentManagedThreadId;
        await Hubs.TrampolineAsync(reader, read: true).ConfigureAwait(false);
        order.Add("waiter");
        Assert.Equal(["other", "waiter"], order);
        Assert.Same(self, GreenThread.Current);
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        await other;
    });

    [Fact]
    public void AsyncForm_InACallback_ComesBackToTheHub_InNoGreenthread() => OnHub(async () =>
    {
        (int reader, int writer) = Open.Pipe();
        var done = new TaskCompletionSource<(bool OnHub, GreenThread? Current)>();
        Hub hub = Hubs.GetHub();
        hub.Post(async () =>
        {
            await Hubs.TrampolineAsync(reader, read: true);
            done.SetResult((hub.IsCurrent, GreenThread.Current));
        });
        await GreenThread.SleepAsync();
        Fds.Write(writer);
        Assert.Equal((true, null), await done.Task);
    });

    [Fact]
    public void AsyncForm_InAPlainThread_LaunchesTheHubInTheBackground() => OnOwner(() =>
    {
        (int reader, int writer) = Open.Pipe();
        Task waiting = Hubs.TrampolineAsync(reader, read: true).AsTask();
        Hub hub = Hubs.GetHub();
        Assert.True(hub.IsRunning);
        Assert.False(hub.IsCurrent);
        Assert.False(waiting.IsCompleted);
        Fds.Write(writer);
        waiting.GetAwaiter().GetResult();

        // The loop has moved for good, and blocking calls wait for it.
        Hubs.Trampoline(reader, read: true);
        Assert.True(hub.IsRunning);
    });

    [Fact]
    public void BlockingForm_InsideMainloop_IsRefused_AndNamesTheAsyncForm() => OnHub(() =>
    {
        (int reader, _) = Open.Pipe();
        var refused = Assert.Throws<InvalidOperationException>(() => Hubs.Trampoline(reader, read: true));
        Assert.StartsWith("do not call blocking functions from the mainloop", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Hubs.TrampolineAsync", refused.Message, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public void HandleForms_WaitForTheDescriptorInside()
    {
        using var handle = new SafeFileHandle(Open.Eventfd(1), ownsHandle: false);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        OnOwner(() =>
        {
            Hubs.Trampoline(handle, read: true);
            Hubs.Trampoline(listener, read: true);
            Assert.Throws<GreenTimeoutException>(() => Hubs.Trampoline(client, read: true, timeout: TimeSpan.Zero));
        });
        OnHub(async () =>
        {
            await Hubs.TrampolineAsync(handle, read: true);
            await Hubs.TrampolineAsync(listener, read: true);
            using Socket server = listener.Accept();
            GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(client, read: true));
            await Turns.PassAsync();
            Assert.False(waiter.IsDead);
            server.Send([1]);
            await waiter;
        });
        Assert.False(handle.IsClosed);
    }

    [Fact]
    public void HandleForms_ThatAreClosed_AreRefusedAtOnce() => OnHub(async () =>
    {
        var handle = new SafeFileHandle(Open.Eventfd(), ownsHandle: false);
        handle.Dispose();
        await Assert.ThrowsAsync<IOClosedException>(async () => await Hubs.TrampolineAsync(handle, read: true));
        await Assert.ThrowsAnyAsync<ArgumentNullException>(async () => await Hubs.TrampolineAsync((SafeFileHandle)null!, read: true));
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(async () => await Hubs.TrampolineAsync(socket, read: true));
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
    });

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void BothDirectionsOrNone_AreAnArgumentError(bool read, bool write)
    {
        (int reader, _) = Open.Pipe();
        OnOwner(() => Assert.Throws<ArgumentException>(() => Hubs.Trampoline(reader, read, write)));
        OnHub(async () => await Assert.ThrowsAsync<ArgumentException>(async () => await Hubs.TrampolineAsync(reader, read, write)));
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("socket")]
    [InlineData("eventfd")]
    [InlineData("inotify")]
    [InlineData("signalfd")]
    [InlineData("pidfd")]
    [InlineData("fifo")]
    [InlineData("terminal")]
    public void Descriptor_ThatBecomesReadable_ResumesItsWaiter_AndNotBefore(string kind) => OnHub(async () =>
    {
        using var kinds = new ReadableKinds(Open);
        (int fd, Action makeReadable) = kinds.Make(kind);
        GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(fd, read: true));

        await Turns.PassAsync();
        Assert.False(waiter.IsDead);
        makeReadable();
        await waiter;
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
        if (kind == "signalfd")
        {
            Fds.TakeSignal(fd);
        }
    });

    [Fact]
    public void Timerfd_ThatExpires_ResumesItsWaiter() => OnHub(async () => await Hubs.TrampolineAsync(Open.ExpiringTimerfd(), read: true));

    [Theory]
    [InlineData("/dev/null", false)]
    [InlineData("/dev/null", true)]
    [InlineData("/dev/zero", false)]
    [InlineData("/dev/zero", true)]
    [InlineData("file", false)]
    [InlineData("file", true)]
    [InlineData("directory", false)]
    public void DescriptorWithoutReadiness_IsReadyAlways(string what, bool write)
    {
        string file = Path.GetTempFileName();
        try
        {
            int fd = what switch
            {
                "file" => Open.Open(file),
                "directory" => Open.OpenToRead(Path.GetTempPath()),
                _ => Open.Open(what),
            };
            OnHub(async () =>
            {
                for (int i = 0; i < 3; i++)
                {
                    await Hubs.TrampolineAsync(fd, !write, write, TimeSpan.Zero);
                    await Hubs.TrampolineAsync(fd, !write, write);
                }
            });
            OnOwner(() => Hubs.Trampoline(fd, !write, write));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void PeerHangUp_WakesReaderAndWriter() => OnHub(async () =>
    {
        (int a, int b) = Open.SocketPair();
        Fds.Fill(a);
        GreenThread reader = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, read: true));
        GreenThread writer = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(a, write: true));
        await Turns.PassAsync();
        Assert.False(reader.IsDead || writer.IsDead);
        Open.Close(b);
        await reader;
        await writer;
    });

    [Fact]
    public void WriteOfAFullPipe_WaitsForRoom() => OnHub(async () =>
    {
        (int reader, int writer) = Open.Pipe();
        Fds.Fill(writer);
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await Hubs.TrampolineAsync(writer, write: true, timeout: TimeSpan.Zero));
        GreenThread waiter = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(writer, write: true));
        await Turns.PassAsync();
        Assert.False(waiter.IsDead);
        while (Fds.Read(reader, 65536) > 0)
        {
        }

        await waiter;
    });

    [Fact]
    public void ThousandsOfWaits_OnOneDescriptor_EachSeeItsOwnByte() => OnHub(async () =>
    {
        (int reader, int writer) = Open.Pipe();
        int seen = 0;
        GreenThread consumer = GreenThread.Spawn(async () =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                await Hubs.TrampolineAsync(reader, read: true);
                Assert.Equal(1, Fds.Read(reader, 1));
                seen++;
            }
        });
        for (int i = 0; i < 2_000; i++)
        {
            Fds.Write(writer, 1);
            while (seen <= i)
            {
                await GreenThread.SleepAsync();
            }
        }

        await consumer;
    });
}

public sealed class H22_TrampolineOnEpoll : H22_TrampolineTests<EpollHub>;

public sealed class H22_TrampolineOnIoUring : H22_TrampolineTests<IoUringHub>;

public sealed class H22_TrampolineOnPoll : H22_TrampolineTests<PollHub>;

public sealed class H22_TrampolineOnSelect : H22_TrampolineTests<SelectHub>;

/// <summary>On a backend that reports once.</summary>
public sealed class H22_TrampolineOnOneShot : H22_TrampolineTests<OneShotHub>;

/// <summary>Descriptors that are not readable yet, by kind, and what makes each so.</summary>
internal sealed class ReadableKinds(Fds open) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("eventlet-test").FullName;
    private ChildProcess? _child;

    internal (int Fd, Action MakeReadable) Make(string kind)
    {
        switch (kind)
        {
            case "pipe":
                (int reader, int writer) = open.Pipe();
                return (reader, () => Fds.Write(writer));
            case "socket":
                (int a, int b) = open.SocketPair();
                return (a, () => Fds.Write(b));
            case "eventfd":
                int eventfd = open.Eventfd();
                return (eventfd, () => Fds.Write(eventfd));
            case "inotify":
                return (open.Inotify(_directory), () => File.WriteAllText(Path.Combine(_directory, "new"), ""));
            case "signalfd":
                return (open.Signalfd(), Fds.RaiseSignal);
            case "pidfd":
                _child = ChildProcess.StartProgram("/bin/cat", []);
                return (open.Pidfd(_child.Id), Dispose);
            case "fifo":
                int fifo = open.Fifo(Path.Combine(_directory, "fifo"));
                return (fifo, () => Fds.Write(fifo));
            default:
                (int Master, int Terminal)? terminal = open.Terminal();
                Assert.SkipWhen(terminal is null, "this system gives out no pseudo terminals");
                return (terminal!.Value.Master, () => Fds.Write(terminal.Value.Terminal));
        }
    }

    public void Dispose()
    {
        _child?.Dispose();
        _child = null;
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
