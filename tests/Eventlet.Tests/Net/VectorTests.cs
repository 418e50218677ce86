using System.Buffers;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>Several buffers in one operation.</summary>
[Trait("Sockets", "Both")]
public abstract class VectorTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    /// <summary>Sizes of parts: few bytes, more than are copied, more parts than go at once, empty ones between.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1000", Justification = "a theory's data")]
    public static TheoryData<int[]> Shapes => new(
        [3, 0, 5],
        [0, 0],
        [10_000, 1, 20_000],
        Enumerable.Repeat(7, 100).ToArray(),
        Enumerable.Repeat(1_000, 100).ToArray());

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sequences_AreSentInTheirOrder_AndReceivedIntoParts(int[] sizes) => OnHub(async () =>
    {
        ArgumentNullException.ThrowIfNull(sizes);
        using Pair pair = await Pair.MakeAsync();
        byte[] all = Pattern.Of(sizes.Sum());
        foreach (bool asList in (bool[])[false, true])
        {
            GreenThread sending = GreenThread.Spawn(async () =>
            {
                await (asList ? pair.Client.SendAllAsync(ListOf(all, sizes)) : pair.Client.SendAllAsync(SequenceOf(all, sizes)));
                await pair.Client.SendAllAsync(new byte[1]);
            });
            byte[] received = new byte[all.Length + 1];
            int count = 0;
            while (count < received.Length)
            {
                // Into three parts of what is left, one of them empty.
                int third = (received.Length - count) / 3;
                count += await pair.Server.ReceiveAsync(new Memory<byte>[] { received.AsMemory(count, third), default, received.AsMemory(count + third) });
            }

            Pattern.AssertSame(all, received[..^1]);
            await sending;
        }
    });

    [Fact]
    public void ASendOfMoreThanFits_IsPartial_AndSendAllGoesOn() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeTinyAsync();
        int[] sizes = [.. Enumerable.Repeat(5_000, 160)];
        byte[] all = Pattern.Of(sizes.Sum());
        long sent = await pair.Client.SendAsync(SequenceOf(all, sizes));
        Assert.InRange(sent, 1, all.Length - 1);
        GreenThread sending = GreenThread.Spawn(async () => await pair.Client.SendAllAsync(new ReadOnlySequence<byte>(all, (int)sent, all.Length - (int)sent)));
        Pattern.AssertSame(all, await Pattern.ReceiveAsync(pair.Server, all.Length));
        await sending;
        GreenThread list = GreenThread.Spawn(async () => await pair.Client.SendAllAsync(ListOf(all, sizes)));
        Pattern.AssertSame(all, await Pattern.ReceiveAsync(pair.Server, all.Length));
        await list;
    });

    [Fact]
    public void MuchIntoLargeParts_Arrives() => OnHub(async () =>
    {
        // After a full block the backend of completions receives into the user's own memory.
        using Pair pair = await Pair.MakeAsync();
        byte[] all = Pattern.Of(4_000_000);
        GreenThread sending = GreenThread.Spawn(async () => await pair.Client.SendAllAsync(all));
        byte[] received = new byte[all.Length];
        for (int count = 0; count < all.Length;)
        {
            int half = (all.Length - count) / 2;
            count += await pair.Server.ReceiveAsync(new Memory<byte>[] { received.AsMemory(count, half), received.AsMemory(count + half) });
        }

        Pattern.AssertSame(all, received);
        await sending;
    });

    [Fact]
    public void MoreBuffersThanGoAtOnce_AreFilledByWhatFollows() => OnHub(async () =>
    {
        // A receive that fills all that it could offer says nothing about what is left, however much room there was behind.
        using Pair pair = await Pair.MakeAsync();
        byte[] all = Pattern.Of(100);
        await pair.Client.SendAllAsync(all);
        byte[] received = new byte[100];
        for (int count = 0; count < 100;)
        {
            int taken = count;
            count += await pair.Server.ReceiveAsync([.. Enumerable.Range(taken, 100 - taken).Select(i => received.AsMemory(i, 1))]);
            Assert.NotEqual(taken, count);
        }

        Pattern.AssertSame(all, received);
    });

    [Fact]
    public void EmptyParts_WaitForSomething_AndTakeNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        GreenThread<int> waiting = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(new Memory<byte>[] { default, default }));
        await Turns.PassAsync();
        Assert.False(waiting.IsDead);
        await pair.Client.SendAllAsync(ListOf([1, 2, 3], [1, 2]));
        Assert.Equal(0, await waiting);
        Assert.Equal(3, await pair.Server.ReceiveAsync(new Memory<byte>[] { new byte[9] }));
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await pair.Server.ReceiveAsync(new Memory<byte>[] { new byte[9], new byte[9] }));
    });

    [Fact]
    public void AKillOrTimeout_LosesNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] first = new byte[5];
        byte[] second = new byte[5];
        GreenThread<int> killed = GreenThread.Spawn(async () => await pair.Server.ReceiveAsync(new Memory<byte>[] { first, second }));
        await Turns.PassAsync();
        killed.Kill();
        await Assert.ThrowsAsync<GreenletExit>(async () => await killed);
        await pair.Client.SendAllAsync(ListOf([1, 2, 3, 4, 5, 6, 7], [3, 4]));
        await Pattern.ReceiveAsync(pair.Server, 1);
        Assert.Equal(0, first[0]);
        pair.Server.Timeout = TimeSpan.FromSeconds(20);
        int count = await pair.Server.ReceiveAsync(new Memory<byte>[] { first, second });
        if (!SocketCalls.IsDirect)
        {
            // Elsewhere than on Linux one buffer is filled at a time.
            count += await pair.Server.ReceiveAsync(second.AsMemory());
        }

        Assert.Equal(6, count);
        Assert.Equal((2, 7), (first[0], second[0]));
        pair.Server.Timeout = TimeSpan.Zero;
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await pair.Server.ReceiveAsync(new Memory<byte>[] { first, second }));
    });

    [Fact]
    public void ADatagram_IsGatheredAndSpread_Whole() => OnHub(async () =>
    {
        (GreenSocket one, GreenSocket other) = GreenNet.SocketPair(SocketType.Dgram);
        foreach (int[] sizes in (int[][])[[3, 4], [3_000, 0, 5_000], [.. Enumerable.Repeat(100, 60)], []])
        {
            byte[] all = Pattern.Of(sizes.Sum());
            byte[] head = new byte[2];
            byte[] rest = new byte[10_000];
            GreenThread<int> receiving = GreenThread.Spawn(async () => await other.ReceiveAsync(new Memory<byte>[] { head, rest }));
            await Turns.PassAsync();
            Assert.Equal(all.Length, await one.SendAsync(SequenceOf(all, sizes)));
            Assert.Equal(all.Length, await receiving);
            Pattern.AssertSame(all, ((byte[])[.. head, .. rest])[..all.Length]);
            await one.SendAllAsync(ListOf(all, sizes));
            Assert.Equal(all.Length, await other.ReceiveAsync(new Memory<byte>[] { head, rest }));
        }

        await one.SendAsync(new byte[9]);
        Assert.Equal(
            SocketError.MessageSize,
            (await Assert.ThrowsAsync<SocketException>(async () => await other.ReceiveAsync(new Memory<byte>[] { new byte[4], new byte[4] }))).SocketErrorCode);
        one.Close();
        other.Close();
    });

    [Fact]
    public void BlockingForms_OnAPlainThread_Work() => OnOwner(() =>
    {
        using Pair pair = Pair.Make();
        int[] sizes = [.. Enumerable.Repeat(30_000, 20)];
        byte[] all = Pattern.Of(sizes.Sum());
        GreenThread<byte[]> peer = GreenThread.Spawn(() => Pattern.ReceiveAsync(pair.Server, all.Length));
        pair.Client.SendAll(SequenceOf(all, sizes));
        Pattern.AssertSame(all, peer.Wait());
        GreenThread.Spawn(async () => await pair.Server.SendAllAsync(new byte[7]));
        int received = pair.Client.Receive(new Memory<byte>[] { new byte[4], new byte[4] });
        received += SocketCalls.IsDirect ? 0 : pair.Client.Receive(new byte[4].AsSpan());
        Assert.Equal(7, received);
        Assert.Equal(5, pair.Client.Send(SequenceOf(new byte[5], [2, 3])));
    });

    [Fact]
    public void AStream_WritesSequences() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        await using GreenStream stream = pair.Client.GetStream();
        await stream.WriteAsync(SequenceOf([1, 2, 3, 4], [1, 3]));
        await stream.WriteAsync(ReadOnlySequence<byte>.Empty);
        Assert.Equal([1, 2, 3, 4], await Pattern.ReceiveAsync(pair.Server, 4));
        stream.Socket.Close();
        await Assert.ThrowsAnyAsync<IOException>(async () => await stream.WriteAsync(SequenceOf([1, 2], [1, 1])));
    });

    [Fact]
    public void WrongUse_IsRefused() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await pair.Client.SendAsync((IReadOnlyList<ReadOnlyMemory<byte>>)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await pair.Client.SendAllAsync((IReadOnlyList<ReadOnlyMemory<byte>>)null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await pair.Client.ReceiveAsync((IReadOnlyList<Memory<byte>>)null!));
        Assert.Throws<InvalidOperationException>(() => pair.Client.Receive(new Memory<byte>[1]));
        Assert.Throws<InvalidOperationException>(() => { pair.Client.Send(SequenceOf([1], [1])); });
        Assert.Throws<InvalidOperationException>(() => pair.Client.SendAll(SequenceOf([1], [1])));
    });

    internal static ReadOnlySequence<byte> SequenceOf(byte[] bytes, int[] sizes)
    {
        Segment? first = null;
        Segment? last = null;
        int offset = 0;
        foreach (int size in sizes)
        {
            last = new Segment(bytes.AsMemory(offset, size), last);
            first ??= last;
            offset += size;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private static List<ReadOnlyMemory<byte>> ListOf(byte[] bytes, int[] sizes)
    {
        int offset = 0;
        return [.. sizes.Select(size => (ReadOnlyMemory<byte>)bytes.AsMemory((offset += size) - size, size))];
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}

public sealed class VectorsOnEpoll : VectorTests<EpollHub>;

public sealed class VectorsOnIoUring : VectorTests<IoUringHub>;

public sealed class VectorsOnPoll : VectorTests<PollHub>;

public sealed class VectorsOnSelect : VectorTests<SelectHub>;

public sealed class VectorsOnLibevent : VectorTests<LibeventHub>;
