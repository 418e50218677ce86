using System.Globalization;
using System.Net;
using Eventlet.Net;

namespace Eventlet.Scenarios;

/// <summary>
/// Serves crowds of connections, one crowd after another, and checks every byte. Says what it holds before the first and after each.
/// Arguments: how many crowds; "witness" to have a greenthread and timers watch for starvation meanwhile.
/// </summary>
internal sealed class CrowdServer(Hub hub, int crowds, bool hasWitness)
{
    private GreenThread? _main;
    private int _connections;
    private long _messages;

    /// <summary>Which step of the witness is under way; 0: none.</summary>
    private long _step;
    private long _lastStep;
    private long _busySteps;
    private int _worst;

    internal static Task<int> RunAsync(string[] args)
    {
        Hub hub = Hubs.GetHub();
        var server = new CrowdServer(hub, int.Parse(args[0], CultureInfo.InvariantCulture), args.Length > 1 && args[1] == "witness");
        hub.Run(server.ServeAsync);
        return Task.FromResult(0);
    }

    private async Task ServeAsync()
    {
        _main = GreenThread.Current;
        using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0), backlog: 4096);
        GreenThread accepting = GreenThread.Spawn(() => GreenNet.ServeAsync(listener, TalkAsync, concurrency: int.MaxValue));
        if (hasWitness)
        {
            GreenThread.SpawnN(WitnessAsync);
        }

        await SettleAsync();

        _ = Holdings();
        Console.WriteLine($"start {Holdings()}");
        Console.WriteLine($"thread {Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget)}");
        Console.WriteLine($"listening on {listener.LocalEndPoint}");
        for (int i = 0; i < crowds; i++)
        {
            (_messages, _busySteps, _worst) = (0, 0, 0);
            await hub.SwitchAsync();
            await SettleAsync();
            Console.WriteLine($"crowd {Holdings()} messages {_messages} steps {_busySteps} worst {_worst}");
        }

        accepting.Kill();
        await accepting;
    }

    private async Task TalkAsync(GreenSocket socket)
    {
        _connections++;
        try
        {
            await TalkToTheEndAsync(socket);
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            Environment.Exit(1);
        }

        if (--_connections == 0)
        {
            _main!.Switch();
        }
    }

    private async Task TalkToTheEndAsync(GreenSocket socket)
    {
        socket.NoDelay = true;
        byte[] received = new byte[CrowdMessage.Room];
        byte[] message = new byte[CrowdMessage.Size];
        ulong connection = 0;
        long seenStep = 0;
        int sinceStep = 0;
        for (ulong trip = 0; await CrowdMessage.ReceiveAsync(socket, received); trip++)
        {
            connection = trip == 0 ? CrowdMessage.ConnectionOf(received) : connection;
            CrowdMessage.Fill(message, connection, trip, isReply: false);
            CrowdMessage.Expect(message, received.AsSpan(0, CrowdMessage.Size));
            CrowdMessage.Fill(message, connection, trip, isReply: true);
            _messages++;
            sinceStep = seenStep == _step ? sinceStep + 1 : 1;
            seenStep = _step;
            _worst = _step == 0 ? _worst : Math.Max(_worst, sinceStep);
            await socket.SendAllAsync(message);
        }
    }

    /// <summary>Counts how many messages of any one connection are served while a greenthread that is ready, or a timer that is due, waits for its turn.</summary>
    private async Task WitnessAsync()
    {
        GreenThread self = GreenThread.Current!;
        while (true)
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            for (int i = 0; i < 4; i++)
            {
                long before = Begin();
                await GreenThread.SleepAsync();
                End(before);
                before = Begin();
                hub.ScheduleCallGlobal(TimeSpan.Zero, () => self.Switch());
                await hub.SwitchAsync();
                End(before);
            }
        }
    }

    private long Begin()
    {
        _step = ++_lastStep;
        return _messages;
    }

    private void End(long messagesBefore)
    {
        _step = 0;
        _busySteps += _messages == messagesBefore ? 0 : 1;
    }

    /// <summary>The ends of the last handlers are noticed a turn later.</summary>
    private static async Task SettleAsync()
    {
        for (int i = 0; i < 10; i++)
        {
            await GreenThread.SleepAsync();
        }
    }

    private string Holdings()
    {
        // Files are the runtime's, which maps assemblies when it first needs them, and so are its pipes.
        string[] open = [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").ToArray().Select(path => new FileInfo(path).LinkTarget ?? "")];
        int sockets = open.Count(target => target.StartsWith("socket:", StringComparison.Ordinal));
        int others = open.Count(target => target.StartsWith("anon_inode:", StringComparison.Ordinal));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        HubStatistics now = hub.Statistics;
        return $"sockets {sockets} inodes {others} memory {GC.GetTotalMemory(forceFullCollection: true)} greenthreads {now.GreenThreads} readers {now.Readers} writers {now.Writers}";
    }
}
