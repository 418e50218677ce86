using System.Text;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Piping;

/// <summary>Anonymous pipes: data, their ends, those who wait, and what interrupts them.</summary>
public abstract class GreenPipeTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int EPIPE = 32;

    [Fact]
    public void Pair_PassesEverythingInOrder_AndThenTheEnd() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        byte[] sent = new byte[5_000_000];
        new Random(1).NextBytes(sent);
        GreenThread writing = GreenThread.Spawn(async () =>
        {
            for (int at = 0, step = 1; at < sent.Length; at += step, step = Math.Min((step * 3) + 1, sent.Length - at))
            {
                await writer.WriteAsync(sent.AsMemory(at, Math.Min(step, sent.Length - at)));
            }

            await writer.DisposeAsync();
        });
        var received = new MemoryStream();
        await reader.CopyToAsync(received, 10_000);
        Assert.Equal(sent, received.ToArray());
        Assert.Equal(0, await reader.ReadAsync(new byte[1]));
        await writing;
        reader.Dispose();
    });

    [Fact]
    public void Write_ToAPipeThatNobodyReads_FailsWithEpipe_AlsoOneThatWaits() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        GreenThread waiting = GreenThread.Spawn(async () => await writer.WriteAsync(new byte[1_000_000]));
        await Turns.PassAsync();
        reader.Dispose();
        Assert.Equal(EPIPE, (await Assert.ThrowsAsync<IOException>(async () => await waiting)).HResult);
        Assert.Equal(EPIPE, (await Assert.ThrowsAsync<IOException>(async () => await writer.WriteAsync(new byte[1]))).HResult);
        Assert.Equal(EPIPE, (await Assert.ThrowsAsync<IOException>(async () => await writer.WriteAsync(new byte[1]))).HResult);
        writer.Dispose();
    });

    [Fact]
    public void WriterThatCloses_LeavesWhatItWrote_ForTheReader() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        await writer.WriteAsync("last words"u8.ToArray());
        writer.Dispose();
        using var lines = new StreamReader(reader);
        Assert.Equal("last words", await lines.ReadLineAsync());
        Assert.Null(await lines.ReadLineAsync());
    });

    [Fact]
    public void Close_WakesWhoeverWaits_AndLaterCallsFail() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        GreenThread reading = GreenThread.Spawn(async () => await reader.ReadAsync(new byte[1]));
        GreenThread writing = GreenThread.Spawn(async () => await writer.WriteAsync(new byte[1_000_000]));
        await reading;
        GreenThread again = GreenThread.Spawn(async () =>
        {
            byte[] buffer = new byte[65536];
            while (await reader.ReadAsync(buffer) > 0)
            {
            }
        });
        await writing;
        await Turns.PassAsync();
        reader.Dispose();
        reader.Dispose();
        await Assert.ThrowsAsync<IOClosedException>(async () => await again);
        await Assert.ThrowsAsync<IOClosedException>(async () => await reader.ReadAsync(new byte[1]));
        Assert.False(reader.CanRead);
        (GreenPipe unread, GreenPipe full) = GreenPipe.CreatePair();
        GreenThread stuck = GreenThread.Spawn(async () => await full.WriteAsync(new byte[1_000_000]));
        await Turns.PassAsync();
        full.Dispose();
        await Assert.ThrowsAsync<IOClosedException>(async () => await stuck);
        Assert.Equal(0, Hubs.GetHub().Statistics.Readers + Hubs.GetHub().Statistics.Writers);
        unread.Dispose();
        writer.Dispose();
    });

    [Fact]
    public void Close_OnAnotherHub_WakesTheWaiterOfThisOne() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        GreenThread reading = GreenThread.Spawn(async () => await reader.ReadAsync(new byte[1]));
        await Turns.PassAsync();
        await using Hub other = Hub.Start(THub.HubName);
        await other.InvokeAsync(() =>
        {
            reader.Dispose();
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<IOClosedException>(async () => await reading);
        writer.Dispose();
    });

    [Fact]
    public void Close_WakesWhoeverWaitsForTheDescriptorByTrampoline() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        GreenThread waiting = GreenThread.Spawn(async () => await Hubs.TrampolineAsync(reader.SafeHandle, read: true));
        await Turns.PassAsync();
        reader.Dispose();
        await Assert.ThrowsAsync<IOClosedException>(async () => await waiting);
        writer.Dispose();
    });

    [Fact]
    public void SecondReader_IsRefused_AndTheFirstStillWorks() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        using (reader)
        using (writer)
        {
            byte[] buffer = new byte[1];
            GreenThread<int> first = GreenThread.Spawn(async () => await reader.ReadAsync(buffer));
            await Turns.PassAsync();
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.ReadAsync(new byte[1]));
            await writer.WriteAsync(new byte[] { 7 });
            Assert.Equal((1, 7), (await first, buffer[0]));
        }
    });

    [Fact]
    public void InterruptedRead_LosesNothing() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        using (reader)
        using (writer)
        {
            byte[] buffer = new byte[10];
            GreenThread killed = GreenThread.Spawn(async () => await reader.ReadAsync(buffer));
            await Turns.PassAsync();
            killed.Kill();
            await killed;
            using (new GreenTimeout(TimeSpan.Zero))
            {
                await Assert.ThrowsAsync<GreenTimeoutException>(async () => await reader.ReadAsync(buffer));
            }

            using var cancel = new CancellationTokenSource();
            GreenThread cancelled = GreenThread.Spawn(async () => await reader.ReadAsync(buffer, cancel.Token));
            await Turns.PassAsync();
            await cancel.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await cancelled);
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await reader.ReadAsync(buffer, cancel.Token));
            Assert.Equal(0, Hubs.GetHub().Statistics.Readers);
            await writer.WriteAsync(new byte[] { 1, 2, 3 });
            Assert.Equal(3, await reader.ReadAsync(buffer));
        }
    });

    [Fact]
    public void EmptyRead_OnlyWaits() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        using (reader)
        using (writer)
        {
            GreenThread<int> waiting = GreenThread.Spawn(async () => await reader.ReadAsync(Memory<byte>.Empty));
            await Turns.PassAsync();
            Assert.False(waiting.IsDead);
            await writer.WriteAsync(new byte[] { 5 });
            Assert.Equal(0, await waiting);
            Assert.Equal(0, await reader.ReadAsync(Memory<byte>.Empty));
            byte[] buffer = new byte[2];
            Assert.Equal(1, await reader.ReadAsync(buffer));
        }
    });

    [Fact]
    public void WriteToAReaderAsFastAsTheWriter_LetsOthersHaveTheirTurn() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        const int Size = 64_000_000;
        PlainThread.Started<int> other = PlainThread.Start(() =>
        {
            byte[] buffer = new byte[1 << 16];
            int sum = 0;
            for (int count; (count = reader.Read(buffer)) > 0;)
            {
                sum += count;
            }

            Hubs.GetHub().Dispose();
            return sum;
        });
        GreenThread writing = GreenThread.Spawn(async () => await writer.WriteAsync(new byte[Size]));
        int turns = 0;
        while (!writing.IsDead)
        {
            await GreenThread.SleepAsync();
            turns++;
        }

        await writing;
        writer.Dispose();
        Assert.Equal(Size, other.Join());
        Assert.True(turns >= Size / (17 * 65536), $"{turns} turns");
        reader.Dispose();
    });

    [Fact]
    public void RoundTrip_AllocatesNothing() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        (GreenPipe back, GreenPipe answer) = GreenPipe.CreatePair();
        GreenThread echo = GreenThread.Spawn(async () =>
        {
            byte[] buffer = new byte[64];
            while (await reader.ReadAsync(buffer) is > 0 and var count)
            {
                await answer.WriteAsync(buffer.AsMemory(0, count));
            }
        });
        byte[] ping = new byte[64];
        async Task<long> MeasureAsync(int count)
        {
            await GreenThread.SleepAsync();
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count; i++)
            {
                await writer.WriteAsync(ping);
                await back.ReadAsync(ping);
            }

            return GC.GetAllocatedBytesForCurrentThread() - bytes;
        }

        await MeasureAsync(2_000);

        // Code that is compiled anew meanwhile allocates once; what an operation allocates comes in every round.
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least > 0; round++)
        {
            least = Math.Min(least, await MeasureAsync(5_000));
        }

        Assert.Equal(0, least);
        writer.Dispose();
        await echo;
        foreach (GreenPipe pipe in new[] { reader, back, answer })
        {
            pipe.Dispose();
        }
    });

    [Fact]
    public void BlockingForms_RunTheHubMeanwhile_AndAreRefusedInMainloop() => OnOwner(() =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        GreenThread echo = GreenThread.Spawn(async () =>
        {
            await writer.WriteAsync(Encoding.UTF8.GetBytes("from a greenthread"));
            Assert.Contains("ReadAsync", Assert.Throws<InvalidOperationException>(() => reader.Read(new byte[1])).Message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => writer.Write(new byte[1]));
        });
        byte[] buffer = new byte[100];
        Assert.Equal("from a greenthread", Encoding.UTF8.GetString(buffer, 0, reader.Read(buffer)));
        echo.Wait();
        GreenThread<int> draining = GreenThread.Spawn(async () =>
        {
            int sum = 0;
            while (await reader.ReadAsync(buffer) is > 0 and var count)
            {
                sum += count;
            }

            return sum;
        });
        writer.Write(new byte[200_000]);
        writer.Dispose();
        Assert.Equal(200_000, draining.Wait());
        reader.Dispose();
    });

    [Fact]
    public void Outside_AwaitsWork() => OnOwner(() =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        GreenThread writing = GreenThread.Spawn(async () => await writer.WriteAsync(new byte[300_000]));
        byte[] buffer = new byte[4096];
        for (int sum = 0; sum < 300_000; sum += reader.ReadAsync(buffer).AsTask().GetAwaiter().GetResult())
        {
        }

        writing.Wait();
        using var cancel = new CancellationTokenSource();
        Task<int> waiting = reader.ReadAsync(buffer, cancel.Token).AsTask();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
        Task stuck = writer.WriteAsync(new byte[1_000_000]).AsTask();
        reader.Dispose();
        Assert.Equal(EPIPE, Assert.Throws<IOException>(() => stuck.GetAwaiter().GetResult()).HResult);
        writer.Dispose();
    });

    [Fact]
    public void WrongUse_IsRefusedWithItsReason() => OnHub(async () =>
    {
        (GreenPipe reader, GreenPipe writer) = GreenPipe.CreatePair();
        await Assert.ThrowsAsync<NotSupportedException>(async () => await reader.WriteAsync(new byte[1]));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await writer.ReadAsync(new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GreenPipe(reader.SafeHandle, 0));
        reader.Dispose();
        Assert.Throws<IOClosedException>(() => new GreenPipe(reader.SafeHandle, FileAccess.Read));
        writer.Dispose();
    });
}

/// <inheritdoc/>
public sealed class GreenPipeOnEpoll : GreenPipeTests<EpollHub>;

/// <inheritdoc/>
public sealed class GreenPipeOnPoll : GreenPipeTests<PollHub>;

/// <inheritdoc/>
public sealed class GreenPipeOnSelect : GreenPipeTests<SelectHub>;
