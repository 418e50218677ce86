using Eventlet.Tests.Support;

namespace Eventlet.Tests.Files;

/// <summary>Files: their contents, that the hub is never kept by them, and that what is due to a greenthread comes at them too.</summary>
public abstract class GreenFileTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private readonly string _path = Path.GetTempFileName();

    protected override void Dispose(bool disposing)
    {
        File.Delete(_path);
        base.Dispose(disposing);
    }

    [Fact]
    public void File_IsReadAndWritten_ByPositionAndByPlace() => OnHub(async () =>
    {
        byte[] content = new byte[1_000_000];
        new Random(4).NextBytes(content);
        Thread own = Thread.CurrentThread;
        await using (GreenFile file = await GreenFile.OpenAsync(_path, FileMode.Create, FileAccess.ReadWrite))
        {
            await new MemoryStream(content).CopyToAsync(file);
            Assert.Same(own, Thread.CurrentThread);
            Assert.Equal(content.Length, file.Length);
            Assert.Equal(content.Length, file.Position);
            await file.FlushToDiskAsync();
            Assert.Equal(1, file.Seek(1 - content.Length, SeekOrigin.End));
            byte[] head = new byte[99];
            await file.ReadExactlyAsync(head);
            Assert.Equal(content[1..100], head);
            Assert.Equal(100, file.Position);
            await file.WriteAtAsync("here"u8.ToArray(), 500);
            Assert.Equal(100, file.Position);
            Assert.Equal(4, await file.ReadAtAsync(head.AsMemory(0, 4), 500));
            Assert.Equal("here"u8.ToArray(), head[..4]);
            await file.SetLengthAsync(502);
            Assert.Equal(2, await file.ReadAtAsync(head, 500));
            Assert.Equal(0, await file.ReadAtAsync(head, 502));
        }

        await using (GreenFile log = await GreenFile.OpenAsync(_path, FileMode.Append, FileAccess.Write))
        {
            await log.WriteAsync("more"u8.ToArray());
            await Assert.ThrowsAsync<NotSupportedException>(async () => await log.ReadAsync(new byte[1]));
        }

        Assert.Equal("hemore"u8.ToArray(), (await File.ReadAllBytesAsync(_path))[^6..]);
        await Assert.ThrowsAsync<FileNotFoundException>(() => GreenFile.OpenAsync(_path + ".no-such"));
    });

    [Fact]
    public void Hub_RunsOthers_WhileAFileIsRead() => OnHub(async () =>
    {
        // A file whose reader waits until it has a writer: what the thread pool then does would keep the hub for ever.
        string fifo = _path + ".fifo";
        using (var open = new Backends.Descriptors())
        {
            int both = open.Fifo(fifo);
            open.Close(both);
        }

        Task<GreenFile> opening = GreenFile.OpenAsync(fifo);
        await Turns.PassAsync();
        Assert.False(opening.IsCompleted);
        await using (GreenFile writer = await GreenFile.OpenAsync(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await (await opening).DisposeAsync();
        }

        File.Delete(fifo);
    });

    [Fact]
    public void ManyAtOnce_ReadTheirOwnPlaces() => OnHub(async () =>
    {
        byte[] content = new byte[64 * 1000];
        new Random(5).NextBytes(content);
        await File.WriteAllBytesAsync(_path, content);
        await using GreenFile file = await GreenFile.OpenAsync(_path);
        GreenThread<byte[]>[] readers = [.. Enumerable.Range(0, 64).Select(i => GreenThread.Spawn(async () =>
        {
            byte[] piece = new byte[1000];
            Assert.Equal(1000, await file.ReadAtAsync(piece, i * 1000));
            Assert.Same(Hubs.GetHub(), GreenThread.Current!.Hub);
            return piece;
        }))];
        for (int i = 0; i < readers.Length; i++)
        {
            Assert.Equal(content[(i * 1000)..((i + 1) * 1000)], await readers[i]);
        }
    });

    [Fact]
    public void WhatIsDue_ComesBeforeAnOperation_OrAtTheNextWait() => OnHub(async () =>
    {
        await using GreenFile file = await GreenFile.OpenAsync(_path);
        GreenThread due = GreenThread.Spawn(async () =>
        {
            GreenThread self = GreenThread.Current!;
            self.Hub.Post(() => self.Throw(new FormatException()));
            await GreenThread.SleepAsync();
            await GreenThread.SleepAsync();
        });
        await Assert.ThrowsAsync<FormatException>(async () => await due);
        using (new GreenTimeout(TimeSpan.Zero))
        {
            await Assert.ThrowsAsync<GreenTimeoutException>(async () => await file.ReadAsync(new byte[1]));
        }

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await file.ReadAsync(new byte[1], new CancellationToken(canceled: true)));
        int reads = 0;
        GreenThread killed = GreenThread.Spawn(async () =>
        {
            for (; ; reads++)
            {
                await file.ReadAsync(new byte[1]);
            }
        });
        await GreenThread.SleepAsync();
        killed.Kill();
        await killed;
        Assert.True(reads > 0 && killed.WasKilled);
    });

    [Fact]
    public void Errors_OfTheSystem_AreIoExceptions() => OnHub(async () =>
    {
        await using (GreenFile full = await GreenFile.OpenAsync("/dev/full", FileMode.Open, FileAccess.Write))
        {
            Assert.Equal(28, (await Assert.ThrowsAsync<IOException>(async () => await full.WriteAsync(new byte[10]))).HResult & 0xffff); // ENOSPC
        }

        // Nothing is mapped at its beginning.
        await using (GreenFile memory = await GreenFile.OpenAsync("/proc/self/mem"))
        {
            Assert.Equal(5, (await Assert.ThrowsAsync<IOException>(async () => await memory.ReadAsync(new byte[10]))).HResult & 0xffff); // EIO
        }

        GreenFile closed = await GreenFile.OpenAsync(_path);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await closed.ReadAtAsync(new byte[10], -1));
        Assert.Equal(0, await closed.ReadAsync(Memory<byte>.Empty));
        ValueTask<int> read = closed.ReadAsync(new byte[10]);
        await closed.DisposeAsync();
        Exception? error = await Record.ExceptionAsync(async () => Assert.Equal(0, await read));
        Assert.True(error is null or ObjectDisposedException, $"{error}");
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await closed.ReadAsync(new byte[10]));
    });

    [Fact]
    public void BlockingForms_AreForOutsideOnly() => OnOwner(() =>
    {
        using var file = new GreenFile(File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite), FileAccess.ReadWrite);
        file.Write("abc"u8);
        file.Position = 1;
        Assert.Equal('b', file.ReadByte());
        file.SetLength(1);
        Assert.Equal(1, file.Length);
        GreenThread.Spawn(() =>
        {
            Assert.Throws<InvalidOperationException>(() => file.Read(new byte[1]));
            Assert.Throws<InvalidOperationException>(() => file.Write(new byte[1]));
            Assert.Throws<InvalidOperationException>(() => file.SetLength(0));
            return Task.CompletedTask;
        }).Wait();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(new byte[1]));
    });
}

/// <inheritdoc/>
public sealed class GreenFileOnEpoll : GreenFileTests<EpollHub>;

/// <inheritdoc/>
public sealed class GreenFileOnPoll : GreenFileTests<PollHub>;

/// <inheritdoc/>
public sealed class GreenFileOnSelect : GreenFileTests<SelectHub>;
