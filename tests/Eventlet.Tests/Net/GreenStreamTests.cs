using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>GreenStream: the contract of Stream, and what is built on streams.</summary>
[Trait("Sockets", "Both")]
public abstract class GreenStreamTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void Properties_TellAStreamWithoutPosition() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        using GreenStream stream = pair.Client.GetStream();
        Assert.True(stream.CanRead && stream.CanWrite);
        Assert.False(stream.CanSeek);
        Assert.Same(pair.Client, stream.Socket);
        Assert.Throws<NotSupportedException>(() => stream.Length);
        Assert.Throws<NotSupportedException>(() => stream.Position);
        Assert.Throws<NotSupportedException>(() => stream.Position = 1);
        Assert.Throws<NotSupportedException>(() => stream.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
        stream.Flush();
        await stream.FlushAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.FlushAsync(new CancellationToken(true)));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Disposal_ClosesTheSocketIfOwned(bool owned) => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        await pair.Client.GetStream(owned).DisposeAsync();
        Assert.Equal(owned, pair.Client.IsClosed);
    });

    [Fact]
    public void AsyncForms_ByteArrayAndMemory_ReadWhatWasWritten() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        await using GreenStream client = pair.Client.GetStream();
        await using GreenStream server = pair.Server.GetStream();
#pragma warning disable CA1835 // These forms are the matter.
        await client.WriteAsync([0, 1, 2, 3, 4], 1, 3);
        byte[] buffer = new byte[10];
        Assert.Equal(3, await server.ReadAsync(buffer, 2, 8));
#pragma warning restore CA1835
        Assert.Equal([0, 0, 1, 2, 3, 0, 0, 0, 0, 0], buffer);
        await client.WriteAsync("abc"u8.ToArray());
        await server.ReadExactlyAsync(buffer.AsMemory(0, 3));
        Assert.Equal("abc"u8, buffer.AsSpan(0, 3));
        await client.WriteAsync(ReadOnlyMemory<byte>.Empty);
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await server.ReadAsync(buffer));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => server.ReadAsync(buffer, 8, 8));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => server.WriteAsync(buffer, -1, 8));
    });

    [Fact]
    public void SynchronousForms_WorkOnAPlainThread_AndAreRefusedInsideMainloop()
    {
        OnOwner(() =>
        {
            using Pair pair = Pair.Make();
            using GreenStream client = pair.Client.GetStream();
            using GreenStream server = pair.Server.GetStream();
            client.Write([1, 2, 3], 1, 2);
            client.Write("xyz"u8);
            client.Write([]);
            client.WriteByte(9);
            byte[] buffer = new byte[8];
            server.ReadExactly(buffer, 0, 6);
            Assert.Equal([2, 3, (byte)'x', (byte)'y', (byte)'z', 9, 0, 0], buffer);
            client.WriteByte(7);
            Assert.Equal(7, server.ReadByte());
            pair.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, server.Read(buffer));
            Assert.Equal(-1, server.ReadByte());
        });
        OnHub(async () =>
        {
            using Pair pair = await Pair.MakeAsync();
            await using GreenStream stream = pair.Client.GetStream();
            Assert.Throws<InvalidOperationException>(() => stream.Read(new byte[1]));
            Assert.Throws<InvalidOperationException>(() => stream.Write(new byte[1]));
        });
    }

    [Fact]
    public void Errors_AreIOExceptions_AroundTheSocketsOwn()
    {
        OnHub(async () =>
        {
            using Pair pair = await Pair.MakeAsync();
            await using GreenStream stream = pair.Server.GetStream();
            GreenThread<int> waiting = GreenThread.Spawn(async () => await stream.ReadAsync(new byte[1]));
            await Turns.PassAsync();
            Reset(pair.Client);
            AssertReset(await Assert.ThrowsAsync<IOException>(async () => await waiting));

            // At once, without a wait: what is left of the connection.
            IOException? error = null;
            for (int i = 0; i < 100 && error is null; i++)
            {
                error = await Record.ExceptionAsync(async () => await stream.WriteAsync(new byte[1000])) as IOException;
            }

            Assert.IsType<SocketException>(error!.InnerException);
            stream.Socket.Close();
            await Assert.ThrowsAsync<IOClosedException>(async () => await stream.ReadExactlyAsync(new byte[1]));
        });
        OnOwner(() =>
        {
            using Pair pair = Pair.Make();
            using GreenStream stream = pair.Server.GetStream();
            Reset(pair.Client);
            AssertReset(Assert.Throws<IOException>(() => stream.Read(new byte[1])));
        });
    }

    [Fact]
    public void TimeOut_IsAnIOException_AroundAGreenTimeoutException()
    {
        OnHub(async () =>
        {
            using Pair pair = await Pair.MakeTinyAsync();
            await using GreenStream stream = pair.Client.GetStream();
            pair.Client.Timeout = TimeSpan.Zero;
            Assert.IsType<GreenTimeoutException>((await Assert.ThrowsAsync<IOException>(async () => await stream.ReadExactlyAsync(new byte[1]))).InnerException);
            Assert.IsType<GreenTimeoutException>((await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync(new byte[16 * 1024 * 1024]))).InnerException);
        });
        OnOwner(() =>
        {
            using Pair pair = Pair.Make();
            using GreenStream stream = pair.Client.GetStream();
            pair.Client.Timeout = TimeSpan.Zero;
            Assert.IsType<GreenTimeoutException>(Assert.Throws<IOException>(() => stream.Read(new byte[1])).InnerException);
        });
    }

    [Fact]
    public void Cancellation_CarriesTheCallersToken() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync();
        await using GreenStream stream = pair.Client.GetStream();
        using var source = new CancellationTokenSource();
        GreenThread<int> reading = GreenThread.Spawn(async () => await stream.ReadAsync(new byte[1], source.Token));
        GreenThread writing = GreenThread.Spawn(async () => await stream.WriteAsync(new byte[16 * 1024 * 1024], source.Token));
        await Turns.PassAsync();
        await source.CancelAsync();
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading)).CancellationToken);
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writing)).CancellationToken);
    });

    [Fact]
    public void ReaderAndWriterOfText_Work() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread echo = GreenThread.Spawn(async () =>
        {
            using var reader = new StreamReader(pair.Server.GetStream(), Encoding.UTF8);
            await using var writer = new StreamWriter(pair.Server.GetStream()) { AutoFlush = true };
            while (await reader.ReadLineAsync() is { } line)
            {
                await writer.WriteLineAsync(line.ToUpperInvariant());
            }
        });
        using var reader = new StreamReader(pair.Client.GetStream(ownsSocket: false));
        await using var writer = new StreamWriter(pair.Client.GetStream(ownsSocket: false)) { AutoFlush = true };
        for (int i = 0; i < 50; i++)
        {
            await writer.WriteLineAsync($"line {i} ü");
            Assert.Equal($"LINE {i} Ü", await reader.ReadLineAsync());
        }

        pair.Client.Shutdown(SocketShutdown.Send);
        await echo;
    });

    [Fact]
    public void PipeReaderAndCopyTo_MoveEverything() => OnHub(async () =>
    {
        using Pair first = await Pair.MakeAsync();
        using Pair second = await Pair.MakeAsync();
        byte[] all = Pattern.Of(1_000_000);
        GreenThread sending = GreenThread.Spawn(async () =>
        {
            await first.Client.SendAllAsync(all);
            first.Client.Shutdown(SocketShutdown.Send);
        });
        GreenThread forwarding = GreenThread.Spawn(async () =>
        {
            await first.Server.GetStream().CopyToAsync(second.Client.GetStream());
            second.Client.Shutdown(SocketShutdown.Send);
        });
        PipeReader pipe = PipeReader.Create(second.Server.GetStream());
        var received = new MemoryStream();
        await pipe.CopyToAsync(received);
        await pipe.CompleteAsync();
        Pattern.AssertSame(all, received.ToArray());
        await sending;
        await forwarding;
    });

    private static void AssertReset(IOException error) =>
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);

    private static void Reset(GreenSocket socket)
    {
        using var view = new Socket(new SafeSocketHandle(socket.SafeHandle.DangerousGetHandle(), ownsHandle: false));
        view.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}

public sealed class GreenStreamOnEpoll : GreenStreamTests<EpollHub>;

public sealed class GreenStreamOnIoUring : GreenStreamTests<IoUringHub>;

public sealed class GreenStreamOnPoll : GreenStreamTests<PollHub>;

public sealed class GreenStreamOnSelect : GreenStreamTests<SelectHub>;

/// <summary>On a backend that reports once.</summary>
public sealed class GreenStreamOnOneShot : GreenStreamTests<OneShotHub>;
