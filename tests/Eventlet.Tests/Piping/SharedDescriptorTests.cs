using System.Text;
using Eventlet.Piping;
using Eventlet.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Piping;

/// <summary>Descriptors that others use as well: their blocking mode stays, whatever is behind them.</summary>
public abstract class SharedDescriptorTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void BlockingPipeOfAnother_StaysBlocking_AndIsReadGreenly() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = Pair(readerBlocks: true, writerBlocks: true);
        Assert.False(IsNonBlocking(reader));
        using var borrowedReader = new GreenPipe(reader.SafeHandle, FileAccess.Read, ownsHandle: false);
        using var borrowedWriter = new GreenPipe(writer.SafeHandle, FileAccess.Write, ownsHandle: false);
        Assert.NotEqual(reader.SafeHandle.DangerousGetHandle(), borrowedReader.SafeHandle.DangerousGetHandle());
        await CheckTransferAsync(borrowedReader, borrowedWriter);
        Assert.False(IsNonBlocking(reader));
        Assert.False(IsNonBlocking(writer));
        borrowedWriter.Dispose();
        await writer.WriteAsync(new byte[] { 1 });
        writer.Dispose();
        reader.Dispose();
        Assert.Equal(1, await borrowedReader.ReadAsync(new byte[10]));
        Assert.Equal(0, await borrowedReader.ReadAsync(new byte[10]));
    });

    [Fact]
    public void DescriptorThatCannotBeOpenedAnew_IsAskedFirst() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = Pair(readerBlocks: true, writerBlocks: true);
        using (reader)
        using (writer)
        {
            var asked = (Reader: Asked(reader, FileAccess.Read), Writer: Asked(writer, FileAccess.Write));
            await CheckTransferAsync(asked.Reader, asked.Writer);
            Assert.False(IsNonBlocking(asked.Reader));
            Assert.False(IsNonBlocking(asked.Writer));
            asked.Reader.Dispose();
            asked.Writer.Dispose();
        }
    });

    [Fact]
    public void Terminal_StaysBlocking_AndIsReadGreenly() => OnHub(async () =>
    {
        using var open = new Fds();
        if (open.Terminal() is not { } terminal)
        {
            Assert.Skip("this system has no pseudo terminals");
            return;
        }

        using var borrowed = new GreenPipe(new SafeFileHandle(terminal.Terminal, ownsHandle: false), FileAccess.ReadWrite, ownsHandle: false);
        using var master = new GreenPipe(new SafeFileHandle(terminal.Master, ownsHandle: false), FileAccess.ReadWrite, ownsHandle: false);
        GreenThread<int> reading = GreenThread.Spawn(async () => await borrowed.ReadAsync(new byte[100]));
        await Turns.PassAsync();
        await master.WriteAsync("typed\n"u8.ToArray());
        Assert.Equal("typed\n".Length, await reading);
        await borrowed.WriteAsync("shown"u8.ToArray());
        byte[] screen = new byte[100];
        var shown = new StringBuilder();
        while (!shown.ToString().EndsWith("shown", StringComparison.Ordinal))
        {
            shown.Append(Encoding.ASCII.GetString(screen, 0, await master.ReadAsync(screen)));
        }
    });

    [Fact]
    public void RegularFile_IsReadAndWrittenAtItsSharedPosition() => OnHub(async () =>
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] content = new byte[500_000];
            new Random(2).NextBytes(content);
            await File.WriteAllBytesAsync(path, content);
            Thread own = Thread.CurrentThread;
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            using (var first = new GreenPipe(handle, FileAccess.Read, ownsHandle: false))
            {
                byte[] head = new byte[1000];
                Assert.Equal(1000, await first.ReadAsync(head));
                Assert.Same(own, Thread.CurrentThread);
                Assert.Equal(content[..1000], head);
            }

            using var second = new GreenPipe(handle, FileAccess.ReadWrite, ownsHandle: false);
            var rest = new MemoryStream();
            await second.CopyToAsync(rest);
            Assert.Equal(content[1000..], rest.ToArray());
            await second.WriteAsync("the end"u8.ToArray());
            Assert.Equal(content.Length + 7, new FileInfo(path).Length);
            Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
        }
        finally
        {
            File.Delete(path);
        }
    });

    [Fact]
    public void Socket_KeepsItsMode() => OnHub(async () =>
    {
        using var near = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        using var listener = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        near.Connect(listener.LocalEndPoint!);
        using System.Net.Sockets.Socket far = listener.Accept();
        using var a = new GreenPipe(near.SafeHandle, FileAccess.ReadWrite, ownsHandle: false);
        using var b = new GreenPipe(far.SafeHandle, FileAccess.ReadWrite, ownsHandle: false);
        await CheckTransferAsync(a, b);
        await CheckTransferAsync(b, a);
        Assert.False(IsNonBlocking(a));
    });

    [Fact]
    public void OwnedDescriptor_BecomesNonBlocking_AndIsClosed() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = Pair(readerBlocks: true, writerBlocks: true);
        using (var owner = new GreenPipe(reader.SafeHandle, FileAccess.Read))
        {
            Assert.True(IsNonBlocking(owner));
            await writer.WriteAsync(new byte[] { 1 });
            Assert.Equal(1, await owner.ReadAsync(new byte[2]));
        }

        Assert.True(reader.SafeHandle.IsClosed);
        writer.Dispose();
    });

    private static async Task CheckTransferAsync(GreenPipe reader, GreenPipe writer)
    {
        byte[] sent = new byte[300_000];
        new Random(3).NextBytes(sent);
        GreenThread writing = GreenThread.Spawn(async () => await writer.WriteAsync(sent));
        byte[] received = new byte[sent.Length];
        for (int at = 0; at < sent.Length;)
        {
            at += await reader.ReadAsync(received.AsMemory(at));
        }

        await writing;
        Assert.Equal(sent, received);

        // Where nothing is, a reader waits without keeping the thread.
        GreenThread waiting = GreenThread.Spawn(async () => await reader.ReadAsync(received));
        await Turns.PassAsync();
        Assert.False(waiting.IsDead);
        waiting.Kill();
        await waiting;
    }

    private static (GreenPipe Reader, GreenPipe Writer) Pair(bool readerBlocks, bool writerBlocks)
    {
        var (reader, writer) = PipeCalls.Pair(readerBlocks, writerBlocks);
        return (new GreenPipe(reader, FileAccess.Read, PipeKind.NonBlocking), new GreenPipe(writer, FileAccess.Write, PipeKind.NonBlocking));
    }

    private static GreenPipe Asked(GreenPipe pipe, FileAccess access) =>
        new(PipeCalls.Duplicate(pipe.SafeHandle), access, PipeKind.Asked);

    private static bool IsNonBlocking(GreenPipe pipe)
    {
        string flags = File.ReadLines($"/proc/self/fdinfo/{pipe.SafeHandle.DangerousGetHandle()}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & 0x800) != 0;
    }
}

/// <inheritdoc/>
public sealed class SharedDescriptorsOnEpoll : SharedDescriptorTests<EpollHub>;

/// <inheritdoc/>
public sealed class SharedDescriptorsOnPoll : SharedDescriptorTests<PollHub>;

/// <inheritdoc/>
public sealed class SharedDescriptorsOnSelect : SharedDescriptorTests<SelectHub>;
