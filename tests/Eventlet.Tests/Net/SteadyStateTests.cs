using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Eventlet.Tests.Support;
using Fds = Eventlet.Tests.Backends.Descriptors;

namespace Eventlet.Tests.Net;

/// <summary>What a round trip costs when everything is warm, and what thousands of connections leave behind.</summary>
public abstract class SteadyStateTests<THub> : HubTests<THub>
    where THub : IHubFixture
{
    [Fact]
    public void RoundTrip_AllocatesNothing_AndRegistersNothing()
    {
        var counting = new CountingFactory(Hubs.Builtin.First(f => f.Name == THub.HubName));
        OnCounting(counting, async () =>
        {
            using Pair pair = await Pair.MakeAsync();
            GreenThread echo = GreenThread.Spawn(async () =>
            {
                byte[] buffer = new byte[256];
                while (await pair.Server.ReceiveAsync(buffer) is > 0 and var count)
                {
                    await pair.Server.SendAllAsync(buffer.AsMemory(0, count));
                }
            });
            byte[] ping = new byte[64];
            byte[] pong = new byte[64];
            async Task<(long Bytes, int Calls)> MeasureAsync(int count)
            {
                // What this method itself costs to suspend comes before.
                await GreenThread.SleepAsync();
                long bytes = GC.GetAllocatedBytesForCurrentThread();
                int calls = counting.Backend!.Registrations;
                for (int i = 0; i < count; i++)
                {
                    await pair.Client.SendAllAsync(ping);
                    await pair.Client.ReceiveAsync(pong);
                }

                return (GC.GetAllocatedBytesForCurrentThread() - bytes, counting.Backend.Registrations - calls);
            }

            await MeasureAsync(3_000);
            Assert.Equal((0, 0), await MeasureAsync(10_000));
            pair.Client.Close();
            await echo;
        });
    }

    [Fact]
    public void RoundTripOfDatagrams_AllocatesNothing_AndRegistersNothing()
    {
        var counting = new CountingFactory(Hubs.Builtin.First(f => f.Name == THub.HubName));
        OnCounting(counting, async () =>
        {
            using GreenSocket client = Udp();
            using GreenSocket server = Udp();
            GreenThread echo = GreenThread.Spawn(async () =>
            {
                byte[] buffer = new byte[256];
                var from = new SocketAddress(AddressFamily.InterNetwork);
                while ((await server.ReceiveFromAsync(buffer, from)).Count is > 0 and var count)
                {
                    await server.SendToAsync(buffer.AsMemory(0, count), from);
                }
            });
            byte[] ping = new byte[64];
            EndPoint to = server.LocalEndPoint!;
            var sender = new SocketAddress(AddressFamily.InterNetwork);
            async Task<(long Bytes, int Calls)> MeasureAsync(int count)
            {
                await GreenThread.SleepAsync();
                long bytes = GC.GetAllocatedBytesForCurrentThread();
                int calls = counting.Backend!.Registrations;
                for (int i = 0; i < count; i++)
                {
                    await client.SendToAsync(ping, to);
                    await client.ReceiveFromAsync(ping, sender);
                }

                return (GC.GetAllocatedBytesForCurrentThread() - bytes, counting.Backend.Registrations - calls);
            }

            await MeasureAsync(3_000);
            (long bytes, int calls) = await MeasureAsync(10_000);
            Assert.Equal(0, bytes);

            // Where each wait is armed anew there is a registration for each.
            Assert.True(calls == 0 || counting.Backend!.Capabilities.Trigger == Trigger.OneShot, $"{calls} registrations");
            await client.SendToAsync(ReadOnlyMemory<byte>.Empty, to);
            await echo;
        });
    }

    [Fact]
    public void RoundTripOfSeveralBuffers_AllocatesNothing() => OnHub(async () =>
    {
        using Pair pair = await Pair.MakeAsync();
        byte[] all = new byte[12_000];
        foreach (int[] sizes in (int[][])[[10, 20], [6_000, 6_000]])
        {
            System.Buffers.ReadOnlySequence<byte> sequence = VectorTests<THub>.SequenceOf(all, sizes);
            int length = sizes.Sum();
            GreenThread echo = GreenThread.Spawn(async () =>
            {
                Memory<byte>[] parts = [new byte[5], new byte[20_000]];
                for (int count = 0; count >= 0;)
                {
                    for (count = 0; count < length;)
                    {
                        count += await pair.Server.ReceiveAsync(parts);
                    }

                    await pair.Server.SendAllAsync(sequence);
                }
            });
            byte[] back = new byte[12_000];
            async Task<long> MeasureAsync(int rounds)
            {
                await GreenThread.SleepAsync();
                long bytes = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < rounds; i++)
                {
                    await pair.Client.SendAllAsync(sequence);
                    for (int count = 0; count < length;)
                    {
                        count += await pair.Client.ReceiveAsync(back);
                    }
                }

                return GC.GetAllocatedBytesForCurrentThread() - bytes;
            }

            await MeasureAsync(2_000);
            Assert.Equal(0, await MeasureAsync(3_000));
            echo.Kill();
            await echo;
        }
    });

    private static GreenSocket Udp()
    {
        var socket = new GreenSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    [Fact]
    public void Trampoline_AllocatesNothing() => OnHub(async () =>
    {
        using var open = new Fds();
        int ready = open.Eventfd(1);
        async Task<long> MeasureAsync(int count)
        {
            await GreenThread.SleepAsync();
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count; i++)
            {
                await Hubs.TrampolineAsync(ready, read: true);
                await Hubs.TrampolineAsync(ready, read: true, timeout: TimeSpan.FromSeconds(60));
            }

            return GC.GetAllocatedBytesForCurrentThread() - bytes;
        }

        await MeasureAsync(2_000);
        Assert.Equal(0, await MeasureAsync(5_000));
    });

    [Fact]
    public void ThousandsOfConnections_LeaveNothingBehind()
    {
        var counting = new CountingFactory(Hubs.Builtin.First(f => f.Name == THub.HubName));
        OnCounting(counting, async () =>
        {
            using TestListener listener = TestListener.Make();
            GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener.Socket, async connection =>
            {
                byte[] buffer = new byte[16];
                while (await connection.ReceiveAsync(buffer) is > 0 and var count)
                {
                    await connection.SendAllAsync(buffer.AsMemory(0, count));
                }
            }));
            async Task ConnectAsync(int count)
            {
                byte[] buffer = new byte[8];
                for (int i = 0; i < count; i++)
                {
                    using GreenSocket client = await GreenNet.ConnectAsync(listener.Address);
                    await client.SendAllAsync(new[] { (byte)i });
                    Assert.Equal(1, await client.ReceiveAsync(buffer));
                    Assert.Equal((byte)i, buffer[0]);
                }
            }

            // The last connection's end reaches its handler whenever the system tells of it, not after so many turns.
            await Turns.PassAsync();
            int withoutHandlers = Hubs.GetHub().Statistics.GreenThreads;
            Task HandlersEndAsync() => Turns.UntilAsync(() => Hubs.GetHub().Statistics.GreenThreads == withoutHandlers);
            await GreenThread.Spawn(() => ConnectAsync(50));
            await HandlersEndAsync();
            (int descriptors, int registered) = (Support.Descriptors.OfKernelObjects().Count, counting.Backend!.Live.Count);
            GreenThread[] clients = [.. Enumerable.Range(0, 10).Select(_ => GreenThread.Spawn(() => ConnectAsync(500)))];
            foreach (GreenThread client in clients)
            {
                await client;
            }

            await HandlersEndAsync();
            Assert.Equal((descriptors, registered), (Support.Descriptors.OfKernelObjects().Count, counting.Backend.Live.Count));
            HubStatistics statistics = Hubs.GetHub().Statistics;
            Assert.Equal((1, 0, 0), (statistics.Readers, statistics.Writers, statistics.Timers));
            server.Kill();
            await server;
        });
    }

    private static void OnCounting(CountingFactory factory, Func<Task> body) => PlainThread.Run(() =>
    {
        Hubs.UseHub(factory);
        using Hub hub = Hubs.GetHub();
        hub.Run(body);
    });

    /// <summary>Makes the hub's own backend, with somebody between who counts.</summary>
    private sealed class CountingFactory(HubFactory inner) : HubFactory
    {
        internal CountingBackend? Backend { get; private set; }

        public override string Name => inner.Name;

        public override bool IsAvailable(out string? whyNot) => inner.IsAvailable(out whyNot);

        public override HubBackend Create(HubOptions options) => Backend = new CountingBackend(inner.Create(options));
    }

    private sealed class CountingBackend(HubBackend inner) : HubBackend
    {
        internal int Registrations { get; private set; }

        internal HashSet<int> Live { get; } = [];

        public override string Name => inner.Name;

        public override BackendCapabilities Capabilities => inner.Capabilities;

        internal override ICompletions? Completions => inner.Completions;

        public override void Register(int fd, Interest interest, ulong token)
        {
            Registrations++;
            inner.Register(fd, interest, token);
            Live.Add(fd);
        }

        public override void Modify(int fd, Interest interest, ulong token)
        {
            Registrations++;
            inner.Modify(fd, interest, token);
        }

        public override void Unregister(int fd)
        {
            Registrations++;
            inner.Unregister(fd);
            Live.Remove(fd);
        }

        public override int Wait(Span<ReadyEvent> ready, TimeSpan timeout) => inner.Wait(ready, timeout);

        public override void Wake() => inner.Wake();

        public override void Dispose() => inner.Dispose();
    }
}

public sealed class SteadyStateOnEpoll : SteadyStateTests<EpollHub>;

public sealed class SteadyStateOnIoUring : SteadyStateTests<IoUringHub>;

public sealed class SteadyStateOnPoll : SteadyStateTests<PollHub>;

public sealed class SteadyStateOnSelect : SteadyStateTests<SelectHub>;
