using System.IO.Pipes;
using System.Net;
using Eventlet.Net;

namespace Eventlet.Scenarios;

/// <summary>Trampolines and sockets in a plain async Main and on pool threads, with no set-up at all. Prints the hub's name once for each step.</summary>
internal static class AsyncMainIo
{
    internal static async Task<int> RunAsync(string[] args)
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reader = new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle);
        Hub hub = Hubs.GetHub();
        bool IsPlain() => Hubs.GetHub() == hub && !hub.IsCurrent && GreenThread.Current is null;
        void Report(string step) => Console.WriteLine($"{step} {IsPlain()}");

        // The first await of Main, on the entry thread, on something that takes its time.
        Task writing = Task.Run(() => pipe.WriteByte(1));
        await Hubs.TrampolineAsync(reader.SafePipeHandle, read: true);
        await writing;
        Report("main");
        await Task.Run(async () =>
        {
            await Hubs.TrampolineAsync(reader.SafePipeHandle, read: true);
            Report("pool");
            Hubs.Trampoline(reader.SafePipeHandle, read: true);
            Report("blocking");
        });
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Task<GreenSocket> accepting = listener.AcceptAsync().AsTask();
        using GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
        using GreenSocket server = await accepting;
        await RoundTripsAsync(client, server);
        Report("sockets");
        await Task.Run(() => RoundTripsAsync(client, server));
        Report("pool sockets");
        Task<int> receiving = Task.Run(() => server.Receive(new byte[8]));
        await client.SendAllAsync(new byte[3]);
        Console.WriteLine($"received {await receiving}");
        Console.WriteLine(hub.Name);
        return 0;
    }

    private static async Task RoundTripsAsync(GreenSocket client, GreenSocket server)
    {
        byte[] buffer = new byte[8];
        for (int i = 0; i < 100; i++)
        {
            Task<int> reading = server.ReceiveAsync(buffer).AsTask();
            await client.SendAllAsync(new[] { (byte)i, (byte)i });
            if (await reading != 2 || buffer[1] != (byte)i)
            {
                throw new InvalidOperationException($"round trip {i} brought something else");
            }

            using GreenStream stream = server.GetStream(ownsSocket: false);
            await stream.WriteAsync(buffer.AsMemory(0, 1));
            await client.GetStream(ownsSocket: false).ReadExactlyAsync(buffer.AsMemory(0, 1));
        }
    }
}
