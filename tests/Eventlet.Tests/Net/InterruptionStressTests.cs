using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>
/// Time-outs, cancellations, kills and closes hit receives and sends that are under way. Every byte tells its place in the stream, so one that is
/// lost, doubled or out of order is seen; every buffer is filled anew at once when its wait has ended, and looked at later, so a late byte is seen.
/// </summary>
public abstract class InterruptionStressTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const byte Guard = 0xEE;
    private const int Pairs = 10;
    private const int LongLimit = 1_200_000;
    private long _operations;
    private long _interrupted;

    [Fact]
    public void Interruptions_OfOperationsUnderWay_LoseAndDoubleNothing() => Stress(50_000, TestContext.Current.CancellationToken);

    [Fact(Explicit = true, Timeout = LongLimit)]
    public void Interruptions_OfAMillionOperations_LoseAndDoubleNothing()
    {
        Assert.SkipUnless(TimeLimit.LongRun, "a long test: ./test --long");
        Stress(1_000_000, TestContext.Current.CancellationToken);
    }

    private void Stress(int operations, CancellationToken end)
    {
        int seed = Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED") is { } given
            ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"EVENTLET_TEST_SEED={seed}");
        OnHub(
            async () =>
            {
                GreenThread[] pairs = [.. Enumerable.Range(0, Pairs).Select(i => GreenThread.Spawn(() => RunPairAsync(seed + i, operations / Pairs, end)))];
                foreach (GreenThread pair in pairs)
                {
                    await pair;
                    Assert.False(pair.WasKilled);
                }
            },
            TimeSpan.FromMinutes(15));
        Assert.InRange(_operations, operations, long.MaxValue);
        Assert.InRange(_interrupted, operations / 100, long.MaxValue);
    }

    private async Task RunPairAsync(int seed, int operations, CancellationToken end)
    {
        var random = new Random(seed);
        byte[] buffer = new byte[20_000];
        for (int done = 0; done < operations && !end.IsCancellationRequested;)
        {
            using Pair pair = await Pair.MakeAsync();
            GreenThread writer = GreenThread.Spawn(() => WriteAsync(pair.Client, random));
            long position = 0;
            for (int life = random.Next(200, 2_000); life > 0 && done < operations; life--, done++)
            {
                position += await ReceiveOneAsync(pair.Server, buffer, position, random);
                _operations++;
            }

            await CloseUnderWayAsync(pair, writer, buffer);
        }
    }

    private async Task WriteAsync(GreenSocket socket, Random random)
    {
        byte[] buffer = new byte[30_000];
        for (long position = 0; ; _operations++)
        {
            int count = random.Next(4) == 0 ? random.Next(1, buffer.Length) : random.Next(1, 100);
            for (int i = 0; i < count; i++)
            {
                buffer[i] = ByteAt(position + i);
            }

            try
            {
                socket.Timeout = random.Next(3) == 0 ? TimeSpan.FromTicks(random.Next(300)) : null;
                position += random.Next(3) == 0
                    ? await socket.SendAsync([buffer.AsMemory(0, count / 2), buffer.AsMemory(count / 2, count - (count / 2))])
                    : await socket.SendAsync(buffer.AsMemory(0, count));
            }
            catch (GreenTimeoutException)
            {
                // Nothing was sent: the same bytes come again.
                _interrupted++;
            }

            Array.Fill(buffer, Guard, 0, count);
            if (random.Next(3) == 0)
            {
                await GreenThread.SleepAsync();
            }
        }
    }

    private async Task<int> ReceiveOneAsync(GreenSocket socket, byte[] buffer, long position, Random random)
    {
        Array.Fill(buffer, Guard);
        Memory<byte> part = buffer.AsMemory(0, random.Next(3) == 0 ? random.Next(1, buffer.Length) : random.Next(1, 200));
        int count = 0;
        switch (random.Next(8))
        {
            case 0:
                count = await KilledAsync(socket, part, random);
                break;
            case 1:
                using (var source = new CancellationTokenSource())
                {
                    GreenThread cancelling = GreenThread.Spawn(async () =>
                    {
                        await GreenThread.SleepAsync();
                        source.Cancel();
                    });
                    count = await OrZeroAsync(ReceiveAsync(socket, part, random, source.Token));
                    await cancelling;
                }

                break;
            case 2 or 3:
                socket.Timeout = TimeSpan.FromTicks(random.Next(300));
                count = await OrZeroAsync(ReceiveAsync(socket, part, random));
                socket.Timeout = null;
                break;
            default:
                count = await ReceiveAsync(socket, part, random);
                Assert.InRange(count, 1, part.Length);
                break;
        }

        CheckBytes(buffer, count, position);
        if (count == 0)
        {
            _interrupted++;
            await GreenThread.SleepAsync();
            CheckBytes(buffer, 0, position);
        }

        return count;
    }

    /// <summary>Into one buffer, or into several.</summary>
    private static ValueTask<int> ReceiveAsync(GreenSocket socket, Memory<byte> part, Random random, CancellationToken cancellationToken = default)
    {
        int first = random.Next(3) == 0 ? random.Next(part.Length) : 0;
        return first == 0 ? socket.ReceiveAsync(part, cancellationToken) : socket.ReceiveAsync([part[..first], part[first..]], cancellationToken);
    }

    private static async Task<int> KilledAsync(GreenSocket socket, Memory<byte> part, Random random)
    {
        int count = 0;
        GreenThread receiver = GreenThread.Spawn(async () =>
        {
            count = await ReceiveAsync(socket, part, random);
        });
        for (int i = random.Next(3); i > 0; i--)
        {
            await GreenThread.SleepAsync();
        }

        receiver.Kill();
        await receiver;
        return count;
    }

    private static async Task<int> OrZeroAsync(ValueTask<int> receive)
    {
        try
        {
            return await receive;
        }
        catch (Exception error) when (error is GreenTimeoutException or OperationCanceledException)
        {
            return 0;
        }
    }

    private async Task CloseUnderWayAsync(Pair pair, GreenThread writer, byte[] buffer)
    {
        writer.Kill();
        await writer;
        GreenThread last = GreenThread.Spawn(async () =>
        {
            while (await pair.Server.ReceiveAsync(buffer) > 0)
            {
            }
        });
        for (int i = 0; i < 3; i++)
        {
            await GreenThread.SleepAsync();
        }

        pair.Server.Close();
        await Assert.ThrowsAsync<IOClosedException>(async () => await last);
        Array.Fill(buffer, Guard);
        pair.Client.Close();
        await GreenThread.SleepAsync();
        CheckBytes(buffer, 0, 0);
        _interrupted++;
    }

    private static void CheckBytes(byte[] buffer, int count, long position)
    {
        for (int i = 0; i < count; i++)
        {
            if (buffer[i] != ByteAt(position + i))
            {
                Assert.Fail($"byte {position + i} is {buffer[i]}, not {ByteAt(position + i)}");
            }
        }

        Assert.Equal(-1, buffer.AsSpan(count).IndexOfAnyExcept(Guard));
    }

    private static byte ByteAt(long position) => (byte)(position * 7 % 251);
}

/// <summary>On epoll.</summary>
public sealed class InterruptionStressOnEpoll : InterruptionStressTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class InterruptionStressOnIoUring : InterruptionStressTests<IoUringHub>;

/// <inheritdoc/>
public sealed class InterruptionStressOnPoll : InterruptionStressTests<PollHub>;

/// <inheritdoc/>
public sealed class InterruptionStressOnSelect : InterruptionStressTests<SelectHub>;
