using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Eventlet.Scenarios;

/// <summary>Programs that are asked to end while their hub sleeps. Each says "asleep" when it does.</summary>
internal static partial class Signals
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1);

    internal static Task<int> RunAsync(string[] args) => args[0] switch
    {
        "main" => Task.FromResult(PlainMain()),
        "async-main" => AsyncMainAsync(),
        "run" => Task.FromResult(Run()),
        "cancel-main" => Task.FromResult(CancelMain()),
        "cancel-run" => Task.FromResult(CancelRun()),
        "cancel-async-main" => CancelAsyncMainAsync(),
        "cancel-started" => CancelStartedAsync(),
        "cancel-later" => Task.FromResult(CancelLater()),
        "cancel-twice" => Task.FromResult(CancelTwice()),
        "cancel-no-more" => Task.FromResult(CancelNoMore()),
        "cancel-disposed" => Task.FromResult(CancelDisposed()),
        "stopped" => Task.FromResult(Stopped()),
        "stopped-many" => Task.FromResult(StoppedMany()),
        "child" => Task.FromResult(Child()),
        _ => throw new ArgumentException(args[0]),
    };

    private static int PlainMain()
    {
        SayAsleep();
        GreenThread.Sleep(Forever);
        return 0;
    }

    private static async Task<int> AsyncMainAsync()
    {
        SayAsleep();
        await GreenThread.SleepAsync(Forever);
        return 0;
    }

    private static int Run()
    {
        Hubs.GetHub().Run(async () =>
        {
            SayAsleep();
            await GreenThread.SleepAsync(Forever);
        });
        return 0;
    }

    /// <summary>A descriptor that was waited for can be waited for again in the clean-up, and nothing is left of the wait that was cancelled.</summary>
    private static int CancelMain()
    {
        using IDisposable signals = Hubs.GetHub().CancelOnSignals();
        using var pipe = new Pipe();
        SayAsleep();
        try
        {
            Hubs.Trampoline(pipe.Reader, read: true);
        }
        catch (OperationCanceledException)
        {
            pipe.Write();
            Hubs.Trampoline(pipe.Reader, read: true);
            GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
            Check.That(Hubs.GetHub().Statistics is { Readers: 0, Timers: 0 });
            Console.WriteLine("cleaned up");
        }

        return 0;
    }

    private static int CancelRun()
    {
        Hub hub = Hubs.GetHub();
        using IDisposable signals = hub.CancelOnSignals();
        try
        {
            hub.Run(async () =>
            {
                SayAsleep();
                await SleepOrCleanUpAsync();
            });
        }
        catch (OperationCanceledException)
        {
            hub.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        return 0;
    }

    private static async Task<int> CancelAsyncMainAsync()
    {
        Hub hub = Hubs.GetHub();
        using IDisposable signals = hub.CancelOnSignals();
        GreenThread green = GreenThread.Spawn(SleepOrCleanUpAsync);
        SayAsleep();
        try
        {
            await green;
        }
        catch (OperationCanceledException)
        {
            await hub.DisposeAsync();
        }

        return 0;
    }

    private static async Task<int> CancelStartedAsync()
    {
        await using Hub hub = Hub.Start();
        using IDisposable signals = hub.CancelOnSignals();
        try
        {
            await hub.InvokeAsync(async () =>
            {
                SayAsleep();
                await SleepOrCleanUpAsync();
            });
        }
        catch (OperationCanceledException)
        {
            Check.That(hub.IsRunning);
        }

        return 0;
    }

    /// <summary>A signal that comes between blocking calls is the next one's, and no later one's.</summary>
    private static int CancelLater()
    {
        using IDisposable signals = Hubs.GetHub().CancelOnSignals();
        using var arrived = new ManualResetEventSlim();
        // Handlers run in the reverse order of their registration: the hub has its signal after this one has set the event.
        using var seen = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, _ => arrived.Set());
        Console.WriteLine("asleep");
        arrived.Wait();
        Console.WriteLine("signalled");
        Check.That(Console.ReadLine() == "go on");
        int ran = 0;
        Check.Throws<OperationCanceledException>(() => Hubs.GetHub().Run(() =>
        {
            ran++;
            return Task.CompletedTask;
        }));
        Check.That(ran == 0);
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Check.That(ran == 1);
        Console.WriteLine("cleaned up");
        return 0;
    }

    private static int CancelTwice()
    {
        using IDisposable signals = Hubs.GetHub().CancelOnSignals();
        SayAsleep();
        Check.Throws<OperationCanceledException>(() => GreenThread.Sleep(Forever));
        SayAsleep("cleaning up and asleep");
        GreenThread.Sleep(Forever);
        return 0;
    }

    private static int CancelNoMore()
    {
        Hubs.GetHub().CancelOnSignals().Dispose();
        return PlainMain();
    }

    private static int CancelDisposed()
    {
        Hub hub = Hubs.GetHub();
        using IDisposable signals = hub.CancelOnSignals();
        hub.Dispose();
        Check.Throws<HubException>(() => hub.CancelOnSignals().Dispose());
        return PlainMain();
    }

    private static async Task SleepOrCleanUpAsync()
    {
        try
        {
            await GreenThread.SleepAsync(Forever);
        }
        finally
        {
            await GreenThread.SleepAsync();
            Console.WriteLine("cleaned up");
        }
    }

    /// <summary>Is stopped and continued while it waits for a connection, for half a second.</summary>
    private static int Stopped()
    {
        using Net.GreenSocket listener = Net.GreenNet.Listen(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Timeout = TimeSpan.FromSeconds(0.5);
        SayAsleep();
        Check.Throws<GreenTimeoutException>(() => listener.Accept().Dispose());
        Console.WriteLine("timed out");
        return 0;
    }

    /// <summary>Is stopped while a thousand time-outs fall due: afterwards each comes, once, in order of deadline.</summary>
    private static int StoppedMany()
    {
        const int Count = 1_000;
        var ended = new List<int>(Count);
        using var pipe = new Pipe();
        Hub hub = Hubs.GetHub();
        hub.Debug.PreventMultipleReaders = false;
        hub.Run(async () =>
        {
            GreenThread[] waiting = [.. Enumerable.Range(0, Count).Select(number => GreenThread.Spawn(async () =>
            {
                try
                {
                    await Hubs.TrampolineAsync(pipe.Reader, read: true, timeout: TimeSpan.FromMilliseconds(500 + (0.2 * number)));
                }
                catch (GreenTimeoutException)
                {
                    ended.Add(number);
                }
            }))];
            await GreenThread.SleepAsync();
            SayAsleep($"asleep, {ended.Count} over");
            foreach (GreenThread green in waiting)
            {
                await green;
            }
        });
        Check.That(ended.SequenceEqual(Enumerable.Range(0, Count)));
        Check.That(hub.Statistics is { Timers: 0, Readers: 0 });
        Console.WriteLine("timed out");
        return 0;
    }

    /// <summary>Starts a child while the hub holds all it can hold, and prints what the child has inherited.</summary>
    private static int Child()
    {
        Hub hub = Hubs.GetHub();
        using Net.GreenSocket listener = Net.GreenNet.Listen(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        using Net.GreenSocket client = Net.GreenNet.Connect(listener.LocalEndPoint!);
        using Net.GreenSocket server = listener.Accept();
        GreenThread.SpawnN(async () => await server.ReceiveAsync(new byte[1]));
        GreenThread.SpawnN(async () => (await listener.AcceptAsync()).Dispose());
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Check.That(hub.Statistics.Readers == 2);
        Console.WriteLine("own " + string.Join(' ', Directory.EnumerateFileSystemEntries("/proc/self/fd").ToArray().Select(path => new FileInfo(path).LinkTarget)));
        using Process child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "for fd in /proc/self/fd/*; do readlink $fd; done; ls -l /proc/$$/fd"]) { RedirectStandardOutput = true })!;
        Console.WriteLine("inherited " + child.StandardOutput.ReadToEnd().ReplaceLineEndings(" "));
        child.WaitForExit();

        // As a C program does it: fork and exec of /bin/sh, with nothing closed in between.
        Check.That(system("for fd in /proc/self/fd/*; do echo \"raw $(readlink $fd)\"; done") == 0);
        return 0;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int system(string command);

    /// <summary>Says so from another thread once MAINLOOP is under way: what is left of its turn is far shorter than a signal's way here.</summary>
    private static void SayAsleep(string text = "asleep")
    {
        Hub hub = Hubs.GetHub();
        var watch = new Thread(() =>
        {
            SpinWait.SpinUntil(() => hub.IsRunning && hub.Statistics.Turns > 0);
            Console.WriteLine(text);
        });
        watch.Start();
    }
}
