using System.Net;
using Eventlet.Net;

namespace Eventlet.Scenarios;

/// <summary>A thousand greenthreads that wait for whatever there is to wait for, until there is something to read on stdin. Prints the thread that runs the hub.</summary>
internal static class Idle
{
    private const int OfEachKind = 125;

    internal static Task<int> RunAsync(string[] args)
    {
        Hub hub = Hubs.GetHub();
        hub.ScheduleCallGlobal(TimeSpan.FromHours(1), () => { });
        using var idle = new Pipe();
        hub.Add(FdEvent.Read, (int)idle.Reader.DangerousGetHandle(), _ => { });
        hub.Run(async () =>
        {
            using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0));
            var open = new List<IDisposable>();
            var random = new Random(1);
            GreenThread main = GreenThread.Current!;
            for (int i = 0; i < OfEachKind; i++)
            {
                for (int pair = 0; pair < 2; pair++)
                {
                    GreenSocket client = await GreenNet.ConnectAsync(listener.LocalEndPoint!);
                    GreenSocket server = await listener.AcceptAsync();
                    client.Timeout = TimeSpan.FromHours(1);
                    open.AddRange([client, server]);
                    GreenThread.SpawnN(async () => await client.ReceiveAsync(new byte[1]));
                }

                var pipe = new Pipe();
                open.Add(pipe);
                GreenThread.SpawnN(async () => await Hubs.TrampolineAsync(pipe.Reader, read: true));
                GreenThread.SpawnN(async () => await hub.SwitchAsync());
                GreenThread.SpawnN(async () => await main);
                for (int sleeper = 0; sleeper < 3; sleeper++)
                {
                    TimeSpan delay = TimeSpan.FromHours(1 + random.NextDouble());
                    GreenThread.SpawnN(async () => await GreenThread.SleepAsync(delay));
                }
            }

            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            Check.That(hub.Statistics is { GreenThreads: (8 * OfEachKind) + 1, Readers: (3 * OfEachKind) + 1, Writers: 0, Timers: (5 * OfEachKind) + 1 });
            Console.WriteLine(Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget));
            await Hubs.TrampolineAsync(0, read: true);
            open.ForEach(one => one.Dispose());
        });
        return Task.FromResult(0);
    }
}
