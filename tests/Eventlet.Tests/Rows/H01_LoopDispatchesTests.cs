using System.Net;
using Eventlet.Interop;
using Eventlet.Net;
using Eventlet.Tests.Support;
using Pipes = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Rows;

/// <summary>H1: one loop dispatches readiness, fires timers and runs greenthreads: thousands of them, over sockets, pipes and other descriptors.</summary>
public abstract class H01_LoopDispatchesTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int PipePairs = 200, Clients = 200, Counters = 200, Sleepers = 2000, Rounds = 20;

    [Fact]
    public void ThousandsOfGreenThreads_OverSocketsPipesAndEventfds_AllEndWithTheRightSums() => OnOwner(() =>
    {
        using var pipes = new Pipes();
        Hub hub = Hubs.GetHub();
        int timers = 0;
        long sum = hub.Run(async () =>
        {
            using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
            Task serving = GreenNet.ServeAsync(listener, EchoAsync, concurrency: Clients);
            var greens = new List<GreenThread<int>>();
            for (int i = 0; i < PipePairs; i++)
            {
                (int reader, int writer) = pipes.Pipe();
                greens.Add(GreenThread.Spawn(() => ReadAsync(reader)));
                greens.Add(GreenThread.Spawn(() => WriteAsync(writer)));
            }

            for (int i = 0; i < Clients; i++)
            {
                greens.Add(GreenThread.Spawn(() => TalkAsync(listener.LocalEndPoint!)));
            }

            for (int i = 0; i < Counters; i++)
            {
                int counter = pipes.Eventfd();
                greens.Add(GreenThread.Spawn(() => CountAsync(counter)));
                greens.Add(GreenThread.Spawn(() => WriteAsync(counter)));
            }

            for (int i = 0; i < Sleepers; i++)
            {
                greens.Add(GreenThread.Spawn(async () =>
                {
                    hub.ScheduleCallGlobal(TimeSpan.FromMilliseconds(1), () => timers++);
                    await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(2));
                    return 1;
                }));
            }

            Assert.True(hub.Statistics.GreenThreads >= greens.Count);
            long sum = 0;
            foreach (GreenThread<int> green in greens)
            {
                sum += await green;
            }

            listener.Close();
            await Assert.ThrowsAsync<IOClosedException>(() => serving);
            return sum;
        });
        Assert.Equal((PipePairs * Rounds * 2L) + (Clients * Rounds) + (Counters * Rounds * 2L) + Sleepers, sum);
        Assert.Equal(Sleepers, timers);
        Assert.Equal((0, 0, 0, 0), (hub.Statistics.Readers, hub.Statistics.Writers, hub.Statistics.Timers, hub.Statistics.GreenThreads));
    });

    /// <summary>Takes the rounds of a writer to a pipe, eight bytes each.</summary>
    private static async Task<int> ReadAsync(int fd)
    {
        int rounds = 0;
        while (rounds < Rounds)
        {
            await Hubs.TrampolineAsync(fd, read: true);
            if (Pipes.Read(fd) == 8)
            {
                rounds++;
            }
        }

        return rounds;
    }

    /// <summary>Takes the rounds of a writer to an eventfd, which adds up what comes before it is read.</summary>
    private static async Task<int> CountAsync(int fd)
    {
        int rounds = 0;
        while (rounds < Rounds)
        {
            await Hubs.TrampolineAsync(fd, read: true);
            rounds += ReadCounter(fd);
        }

        return rounds;
    }

    private static unsafe int ReadCounter(int fd)
    {
        ulong value;
        return Libc.read(fd, (byte*)&value, 8) == 8 ? (int)value : 0;
    }

    private static async Task<int> WriteAsync(int fd)
    {
        for (int i = 0; i < Rounds; i++)
        {
            await Hubs.TrampolineAsync(fd, write: true);
            Pipes.Write(fd);
        }

        return Rounds;
    }

    private static async Task<int> TalkAsync(EndPoint at)
    {
        using GreenSocket socket = await GreenNet.ConnectAsync(at);
        byte[] sent = new byte[64], received = new byte[64];
        for (int round = 0; round < Rounds; round++)
        {
            Random.Shared.NextBytes(sent);
            await socket.SendAllAsync(sent);
            for (int have = 0; have < sent.Length;)
            {
                int more = await socket.ReceiveAsync(received.AsMemory(have));
                Assert.NotEqual(0, more);
                have += more;
            }

            Assert.Equal(sent, received);
        }

        return Rounds;
    }

    private static async Task EchoAsync(GreenSocket connection)
    {
        byte[] buffer = new byte[256];
        while (await connection.ReceiveAsync(buffer) is > 0 and int count)
        {
            await connection.SendAllAsync(buffer.AsMemory(0, count));
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class H01_LoopDispatchesOnEpoll : H01_LoopDispatchesTests<EpollHub>;

/// <summary>On io_uring.</summary>
public sealed class H01_LoopDispatchesOnIoUring : H01_LoopDispatchesTests<IoUringHub>;

/// <summary>On poll.</summary>
public sealed class H01_LoopDispatchesOnPoll : H01_LoopDispatchesTests<PollHub>;

/// <summary>On select.</summary>
public sealed class H01_LoopDispatchesOnSelect : H01_LoopDispatchesTests<SelectHub>;
