using Eventlet.Interop;
using Eventlet.Net;
using Eventlet.Tests.Net;
using Eventlet.Tests.Support;

namespace Eventlet.Tests.Faults;

/// <summary>Echoes over many sockets while each system call fails now and then with whatever may be tried again, and events come late, twice and in any order.</summary>
public abstract class FaultStormTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    private const int Connections = 16;
    private const int Messages = 40;
    private const int Longest = 6000;

    private readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("EVENTLET_TEST_SEED"), out int seed) ? seed : Random.Shared.Next();

    [Fact]
    public void RetryableFaults_AtEveryCall_LoseNoByte()
    {
        SystemCallSeam.Require();
        TestContext.Current.TestOutputHelper?.WriteLine($"EVENTLET_TEST_SEED={_seed}");
        var factory = new MischiefFactory(THub.HubName) { Shuffler = new Random(_seed) };
        using var script = new FaultScript();
        var storm = new Storm(_seed, factory);
        PlainThread.Run(() =>
        {
            Hubs.UseHub(factory);
            using Hub hub = Hubs.GetHub();
            hub.Run(() => EchoAsync(script, storm));
            Assert.Equal((0, 0), (hub.Statistics.Readers, hub.Statistics.Writers));
        });
        Assert.True(storm.Injected > Connections * Messages, $"only {storm.Injected} calls have failed");
    }

    private async Task EchoAsync(FaultScript script, Storm storm)
    {
        using TestListener listener = TestListener.Make();
        using TestListener unix = TestListener.Make(Transport.Unix);
        GreenThread[] servers = [.. new[] { listener, unix }.Select(at => GreenThread.Spawn(() => GreenNet.ServeAsync(at.Socket, EchoOneAsync)))];
        script.Otherwise = storm.Decide;
        GreenThread[] clients = [.. Enumerable.Range(0, Connections).Select(i => GreenThread.Spawn(() => ClientAsync((i % 2 == 0 ? listener : unix).Address, i)))];
        foreach (GreenThread client in clients)
        {
            await client;
        }

        script.Otherwise = null;
        foreach (GreenThread server in servers)
        {
            server.Kill();
            await server;
        }

        // The handlers see the ends of their connections.
        await Turns.AloneAsync();
    }

    private static async Task EchoOneAsync(GreenSocket connection)
    {
        byte[] buffer = new byte[4096];
        while (await connection.ReceiveAsync(buffer) is > 0 and var count)
        {
            await connection.SendAllAsync(buffer.AsMemory(0, count));
        }
    }

    private async Task ClientAsync(System.Net.EndPoint at, int number)
    {
        var random = new Random(_seed + number);
        using GreenSocket socket = await GreenNet.ConnectAsync(at);
        for (int i = 0; i < Messages; i++)
        {
            byte[] message = new byte[random.Next(1, Longest)];
            random.NextBytes(message);
            GreenThread sending = GreenThread.Spawn(async () => await socket.SendAllAsync(message));
            Pattern.AssertSame(message, await Pattern.ReceiveAsync(socket, message.Length));
            await sending;
        }
    }

    /// <summary>Decides for each call whether and how it fails. Where it says that nothing is there although something is, the event comes again later.</summary>
    private sealed class Storm(int seed, MischiefFactory factory)
    {
        private readonly Random _random = new(seed);
        private readonly HashSet<int> _interrupted = [];

        internal int Injected { get; private set; }

        internal int Decide(SystemCall call, int fd, int length)
        {
            int answer = _random.Next(5) != 0 ? 0 : call switch
            {
                SystemCall.Receive => OneOf(fd, Readiness.Read, length),
                SystemCall.Send => OneOf(fd, Readiness.Write, length),
                SystemCall.Accept => Accept(fd),
                // Once: the calls that ask how it went are not interrupted.
                SystemCall.Connect when _interrupted.Add(fd) => SystemCallSeam.AfterCall - Errno.EINTR,
                SystemCall.Close => SystemCallSeam.AfterCall - Errno.EINTR,
                SystemCall.Wait or SystemCall.Write or SystemCall.Read => -Errno.EINTR,
                _ => 0,
            };
            Injected += answer != 0 ? 1 : 0;
            return answer;
        }

        private int Accept(int fd)
        {
            if (_random.Next(2) == 0)
            {
                return _random.Next(2) == 0 ? -Errno.EINTR : -Errno.ECONNABORTED;
            }

            return Later(fd, Readiness.Read);
        }

        private int OneOf(int fd, Readiness what, int length)
        {
            switch (_random.Next(3))
            {
                case 0:
                    return -Errno.EINTR;
                case 1 when length > 1:
                    // The rest of a short read is announced, as the system would.
                    factory.Invent(fd, what);
                    return _random.Next(1, length);
                default:
                    return Later(fd, what);
            }
        }

        private int Later(int fd, Readiness what)
        {
            factory.Invent(fd, what);
            return -Errno.EAGAIN;
        }
    }
}

/// <summary>On epoll.</summary>
public sealed class FaultStormOnEpoll : FaultStormTests<EpollHub>;

/// <summary>On poll.</summary>
public sealed class FaultStormOnPoll : FaultStormTests<PollHub>;

/// <summary>On select.</summary>
public sealed class FaultStormOnSelect : FaultStormTests<SelectHub>;
