using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Net;

/// <summary>
/// Time-outs, cancellations, kills and closes hit receives and sends of datagrams that are under way. Unix datagrams are reliable and in order, so one that is lost,
/// doubled, cut or changed is seen; buffers are filled anew at once when a wait has ended, so a late byte is seen.
/// </summary>
public abstract class DatagramStormTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const byte Guard = 0xEE;
    private const int Lanes = 6;
    private const int LongLimit = 1_200_000;
    private int _interrupted;

    [Fact]
    public void Interruptions_OfDatagramsUnderWay_LoseAndDoubleNothing() => Storm(12_000);

    [Fact(Explicit = true, Timeout = LongLimit)]
    public void Interruptions_OfAMillionDatagrams_LoseAndDoubleNothing()
    {
        Assert.SkipUnless(TimeLimit.LongRun, "a long test: ./test --long");
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        Storm(1_000_000);
    }

    [Fact]
    public void ClosesUnderWay_EndTheWaits_AndLeaveTheBuffers() => OnHub(async () =>
    {
        for (int i = 0; i < 200; i++)
        {
            GreenSocket socket = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
            using GreenSocket sender = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
            EndPoint to = socket.LocalEndPoint!;
            byte[] buffer = new byte[i % 2 == 0 ? 100 : 10_000];
            GreenThread<ReceivedDatagram> receiving = GreenThread.Spawn(async () => await socket.ReceiveFromAsync(buffer));
            for (int turns = i % 3; turns > 0; turns--)
            {
                await GreenThread.SleepAsync();
            }

            await sender.SendToAsync(new byte[50], to);
            socket.Close();
            try
            {
                Assert.Equal(50, (await receiving).Count);
            }
            catch (IOClosedException)
            {
                Array.Fill(buffer, Guard);
                await GreenThread.SleepAsync();
                Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept(Guard));
            }
        }
    });

    private void Storm(int datagrams)
    {
        int seed = Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED") is { } given
            ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"EVENTLET_TEST_SEED={seed}");
        OnHub(
            async () =>
            {
                GreenThread[] lanes = [.. Enumerable.Range(0, Lanes).Select(i => GreenThread.Spawn(() => LaneAsync(new Random(seed + i), datagrams / Lanes)))];
                foreach (GreenThread lane in lanes)
                {
                    await lane;
                    Assert.False(lane.WasKilled);
                }
            },
            TimeSpan.FromMinutes(10));
        Assert.InRange(_interrupted, datagrams / 100, int.MaxValue);
    }

    private async Task LaneAsync(Random random, int datagrams)
    {
        using GreenSocket receiver = GreenNet.BindDatagrams(new UnixDomainSocketEndPoint($"\0eventlet-{Guid.NewGuid():N}"));
        using GreenSocket sender = GreenNet.BindDatagrams(new UnixDomainSocketEndPoint($"\0eventlet-{Guid.NewGuid():N}"));
        EndPoint to = receiver.LocalEndPoint!;
        if (random.Next(2) == 0)
        {
            await sender.ConnectAsync(to);
        }

        GreenThread sending = GreenThread.Spawn(() => SendAsync(sender, to, random, datagrams));
        byte[] buffer = new byte[random.Next(2) == 0 ? 600 : 10_000];
        for (int number = 0; number < datagrams;)
        {
            Array.Fill(buffer, Guard);
            int count = await ReceiveOneAsync(receiver, buffer, random);
            if (count < 0)
            {
                _interrupted++;
                await GreenThread.SleepAsync();
                Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept(Guard));
                continue;
            }

            Assert.Equal(LengthOf(number), count);
            Assert.Equal(-1, buffer.AsSpan(0, count).IndexOfAnyExcept((byte)(number % 200)));
            Assert.Equal(-1, buffer.AsSpan(count).IndexOfAnyExcept(Guard));
            number++;
        }

        await sending;
        receiver.Timeout = TimeSpan.Zero;
        await Assert.ThrowsAsync<GreenTimeoutException>(async () => await receiver.ReceiveAsync(buffer));
    }

    private async Task SendAsync(GreenSocket socket, EndPoint to, Random random, int datagrams)
    {
        byte[] buffer = new byte[600];
        for (int number = 0; number < datagrams;)
        {
            Memory<byte> part = buffer.AsMemory(0, LengthOf(number));
            part.Span.Fill((byte)(number % 200));
            try
            {
                socket.Timeout = random.Next(4) == 0 ? TimeSpan.FromTicks(random.Next(300)) : null;
                int sent = socket.RemoteEndPoint is not null && random.Next(2) == 0 ? await socket.SendAsync(part) : await socket.SendToAsync(part, to);
                Assert.Equal(part.Length, sent);
                number++;
            }
            catch (GreenTimeoutException)
            {
                // Nothing was sent: it comes again.
                _interrupted++;
            }

            buffer.AsSpan().Fill(Guard);
            if (random.Next(3) == 0)
            {
                await GreenThread.SleepAsync();
            }
        }
    }

    /// <summary>Receives one; -1 if that was interrupted.</summary>
    private static async Task<int> ReceiveOneAsync(GreenSocket socket, byte[] buffer, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                int count = -1;
                GreenThread receiver = GreenThread.Spawn(async () =>
                {
                    count = await PlainAsync(socket, buffer, random);
                });
                for (int turns = random.Next(3); turns > 0; turns--)
                {
                    await GreenThread.SleepAsync();
                }

                receiver.Kill();
                await receiver;
                return count;

            case 1:
                using (var source = new CancellationTokenSource())
                {
                    GreenThread cancelling = GreenThread.Spawn(async () =>
                    {
                        await GreenThread.SleepAsync();
                        source.Cancel();
                    });
                    int received = await OrNoneAsync(PlainAsync(socket, buffer, random, source.Token));
                    await cancelling;
                    return received;
                }

            case 2 or 3:
                socket.Timeout = TimeSpan.FromTicks(random.Next(300));
                int timed = await OrNoneAsync(PlainAsync(socket, buffer, random));
                socket.Timeout = null;
                return timed;

            default:
                return await PlainAsync(socket, buffer, random);
        }
    }

    private static async ValueTask<int> PlainAsync(GreenSocket socket, byte[] buffer, Random random, CancellationToken cancellationToken = default)
    {
        switch (random.Next(4))
        {
            case 0:
                return await socket.ReceiveAsync(buffer, cancellationToken);

            case 1:
                return await socket.ReceiveAsync([buffer.AsMemory(0, 100), buffer.AsMemory(100)], cancellationToken);

            case 2:
                return (await socket.ReceiveFromAsync(buffer, new SocketAddress(AddressFamily.Unix), cancellationToken)).Count;

            default:
                ReceivedDatagram received = await socket.ReceiveFromAsync(buffer, cancellationToken);
                Assert.NotNull(received.From);
                Assert.False(received.IsTruncated);
                return received.Count;
        }
    }

    private static async Task<int> OrNoneAsync(ValueTask<int> receive)
    {
        try
        {
            return await receive;
        }
        catch (Exception error) when (error is GreenTimeoutException or OperationCanceledException)
        {
            return -1;
        }
    }

    private static int LengthOf(int number) => number * 37 % 600;
}

public sealed class DatagramStormOnEpoll : DatagramStormTests<EpollHub>;

public sealed class DatagramStormOnIoUring : DatagramStormTests<IoUringHub>;

public sealed class DatagramStormOnPoll : DatagramStormTests<PollHub>;

public sealed class DatagramStormOnSelect : DatagramStormTests<SelectHub>;

public sealed class DatagramStormOnLibevent : DatagramStormTests<LibeventHub>;
