using System.Net;
using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Testing.Cases;

/// <summary>A hub on the backend: green sockets.</summary>
internal static class HubSocketCases
{
    internal static readonly HubCase[] All =
    [
        New("Sockets_FiftyConnections_EveryByteComesBack", "GreenSocket", "what is sent is received, on many connections at once", Echo),
        New("Sockets_MoreThanTheBuffersHold_EveryByteComes", "GreenSocket.SendAllAsync", "it waits for room, and the reader for data, until all is through", Flood),
        New("Sockets_PeerEndsItsHalf_ReaderSeesTheEndAndMaySend", "GreenSocket.ReceiveAsync", "the end of the peer's half is a receive of zero, and the other half lives on", HalfClose),
        New("Sockets_CloseWhileReceiving_WakesTheReader", "GreenSocket.Close", "it wakes every waiter with IOClosedException", CloseWakes),
        New("Sockets_DatagramsBehindOneAnother_AllComeWhole", "GreenSocket.ReceiveFromAsync", "a short datagram says nothing about the next one, and an empty one is no end", Datagrams),
        New("Sockets_ManyShortConnections_NoneHangs", "GreenNet", "numbers that are closed and handed out again at once disturb nobody", ShortConnections),
    ];

    private static HubCase New(string name, string member, string promise, Action<CaseScene> body) => new(HubCaseLevel.Hub, name, member, promise, body);

    private static void Echo(CaseScene scene) => scene.OnHub(async _ =>
    {
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener, EchoAsync));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => GreenThread.Spawn(async () =>
        {
            using GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
            byte[] sent = new byte[1000 + i];
            byte[] received = new byte[sent.Length];
            var random = new Random(i);
            for (int round = 0; round < 10; round++)
            {
                random.NextBytes(sent);
                await client.SendAllAsync(sent);
                await ReceiveAllAsync(client, received);
                scene.Hold(sent.AsSpan().SequenceEqual(received), "other bytes came back than were sent");
            }
        }).AsTask()));
        server.Kill();
    });

    private static void Flood(CaseScene scene) => scene.OnHub(async _ =>
    {
        const int Size = 8 << 20;
        (GreenSocket a, GreenSocket b) = await PairAsync();
        using (a)
        using (b)
        {
            byte[] sent = new byte[Size];
            new Random(1).NextBytes(sent);
            GreenThread sender = GreenThread.Spawn(async () => await a.SendAllAsync(sent));
            byte[] received = new byte[Size];
            await ReceiveAllAsync(b, received);
            await sender;
            scene.Hold(sent.AsSpan().SequenceEqual(received), "other bytes came than were sent");
        }
    });

    private static void HalfClose(CaseScene scene) => scene.OnHub(async _ =>
    {
        (GreenSocket a, GreenSocket b) = await PairAsync();
        using (a)
        using (b)
        {
            byte[] buffer = new byte[16];
            GreenThread<int> reader = GreenThread.Spawn(async () => await b.ReceiveAsync(buffer));
            await GreenThread.SleepAsync();
            a.Shutdown(SocketShutdown.Send);
            scene.Hold(await reader == 0, "a receive did not end with zero when the peer ended its half");
            await b.SendAllAsync(new byte[] { 7 });
            scene.Hold(await a.ReceiveAsync(buffer) == 1 && buffer[0] == 7, "the other half does not work any more");
        }
    });

    private static void CloseWakes(CaseScene scene) => scene.OnHub(async _ =>
    {
        (GreenSocket a, GreenSocket b) = await PairAsync();
        using (b)
        {
            GreenThread<int> reader = GreenThread.Spawn(async () => await a.ReceiveAsync(new byte[1]));
            await GreenThread.SleepAsync();
            await GreenThread.SleepAsync();
            a.Close();
            try
            {
                await reader;
            }
            catch (IOClosedException)
            {
                return;
            }

            throw scene.Failure("the receive ended without an error");
        }
    });

    private static void Datagrams(CaseScene scene) => scene.OnHub(async _ =>
    {
        using GreenSocket here = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
        using GreenSocket there = GreenNet.BindDatagrams(new IPEndPoint(IPAddress.Loopback, 0));
        byte[] buffer = new byte[100];
        for (int round = 0; round < 20; round++)
        {
            GreenThread<ReceivedDatagram> first = GreenThread.Spawn(async () => await there.ReceiveFromAsync(buffer));
            for (int turn = 0; turn < round % 3; turn++)
            {
                await GreenThread.SleepAsync();
            }

            for (int size = 0; size < 5; size++)
            {
                await here.SendToAsync(new byte[size], there.LocalEndPoint!);
            }

            ReceivedDatagram received = await first;
            for (int size = 0; size < 5; size++)
            {
                scene.Hold(received.Count == size && here.LocalEndPoint!.Equals(received.From), $"{received} came, where {size} bytes from {here.LocalEndPoint} were due");
                received = size < 4 ? await there.ReceiveFromAsync(buffer) : default;
            }
        }
    });

    private static void ShortConnections(CaseScene scene) => scene.OnHub(async _ =>
    {
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        GreenThread server = GreenThread.Spawn(() => GreenNet.ServeAsync(listener, EchoAsync));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => GreenThread.Spawn(async () =>
        {
            byte[] buffer = [(byte)i];
            for (int round = 0; round < 50; round++)
            {
                using GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
                await client.SendAllAsync(buffer);
                await ReceiveAllAsync(client, buffer);
                scene.Hold(buffer[0] == i, "another byte came back than was sent");
            }
        }).AsTask()));
        server.Kill();
    });

    private static async Task EchoAsync(GreenSocket connection)
    {
        byte[] buffer = new byte[4096];
        for (int count; (count = await connection.ReceiveAsync(buffer)) > 0;)
        {
            await connection.SendAllAsync(buffer.AsMemory(0, count));
        }
    }

    private static async Task<(GreenSocket A, GreenSocket B)> PairAsync()
    {
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        GreenThread<GreenSocket> accepting = GreenThread.Spawn(async () => await listener.AcceptAsync());
        GreenSocket a = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
        return (a, await accepting);
    }

    private static async Task ReceiveAllAsync(GreenSocket socket, Memory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = await socket.ReceiveAsync(buffer);
            buffer = count > 0 ? buffer[count..] : throw new EndOfStreamException("the peer ended");
        }
    }
}
