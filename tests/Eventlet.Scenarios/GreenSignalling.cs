using System.Runtime.InteropServices;

namespace Eventlet.Scenarios;

/// <summary>Programs that take signals on their hub; most send them to themselves.</summary>
internal static partial class GreenSignalling
{
    private const PosixSignal SIGUSR1 = (PosixSignal)10;
    private const PosixSignal SIGUSR2 = (PosixSignal)12;

    internal static async Task<int> RunAsync(string[] args)
    {
        Action? blocking = args[0] switch
        {
            "order" => () => Hubs.GetHub().Run(OrderAsync),
            "interrupted" => () => Hubs.GetHub().Run(InterruptedAsync),
            "second-waiter" => () => Hubs.GetHub().Run(SecondWaiterAsync),
            "disposed" => () => Hubs.GetHub().Run(DisposedAsync),
            "blocking" => Block,
            "no-loop-kept" => KeepNoLoop,
            "refused" => Refused,
            "from-outside" => () => Hubs.GetHub().Run(FromOutsideAsync),
            "beside-cancel" => BesideCancel,
            _ => null,
        };
        if (blocking is null)
        {
            Check.That(args[0] == "outside");
            await OutsideAsync();
        }
        else
        {
            blocking();
        }

        if (args[0] is not "from-outside" and not "beside-cancel")
        {
            Console.WriteLine("done");
        }

        return 0;
    }

    private static async Task OrderAsync()
    {
        using var signals = new GreenSignals(SIGUSR1, SIGUSR2);
        using var others = new GreenSignals(SIGUSR2);
        Hub hub = Hubs.GetHub();
        GreenThread self = GreenThread.Current!;
        GreenThread<PosixSignal> first = GreenThread.Spawn(async () =>
        {
            PosixSignal signal = await signals.WaitAsync();
            Check.That(hub.IsCurrent);
            return signal;
        });
        await GreenThread.SleepAsync();
        Check.That(hub.Statistics is { Readers: 0, Timers: 0 });
        Raise(SIGUSR2);
        Check.That(await first == SIGUSR2);
        Check.That(await others.WaitAsync() == SIGUSR2);
        Check.That(ReferenceEquals(GreenThread.Current, self));

        // Those that come while nobody waits are kept, each once.
        using var seen = new GreenSignals(SIGUSR1);
        Raise(SIGUSR1);
        Check.That(await seen.WaitAsync() == SIGUSR1);
        Raise(SIGUSR1);
        Check.That(await seen.WaitAsync() == SIGUSR1);
        Raise(SIGUSR2);
        Check.That(await others.WaitAsync() == SIGUSR2);
        var taken = new List<PosixSignal>();
        await foreach (PosixSignal signal in signals)
        {
            taken.Add(signal);
            if (taken.Count == 2)
            {
                break;
            }
        }

        Check.That(taken is [SIGUSR1, SIGUSR2]);
    }

    private static async Task InterruptedAsync()
    {
        using var signals = new GreenSignals(SIGUSR1);
        GreenThread killed = GreenThread.Spawn(async () => await signals.WaitAsync());
        await GreenThread.SleepAsync();
        killed.Kill();
        await killed;
        using (new GreenTimeout(TimeSpan.FromMilliseconds(1)))
        {
            try
            {
                await signals.WaitAsync();
                Check.That(false);
            }
            catch (GreenTimeoutException)
            {
            }
        }

        using var cancel = new CancellationTokenSource(1);
        try
        {
            await signals.WaitAsync(cancel.Token);
            Check.That(false);
        }
        catch (OperationCanceledException)
        {
        }

        // A signal that comes as its waiter is killed is not lost: whichever of the two is first.
        using var seen = new GreenSignals(SIGUSR1);
        GreenThread<PosixSignal> waiting = GreenThread.Spawn(async () => await signals.WaitAsync());
        await GreenThread.SleepAsync();
        Raise(SIGUSR1);
        waiting.Kill();
        bool wasLate = waiting.IsDead || await EndedAsync(waiting);
        await seen.WaitAsync();
        Check.That(!wasLate || await signals.WaitAsync() == SIGUSR1);
    }

    private static async Task<bool> EndedAsync(GreenThread<PosixSignal> green)
    {
        try
        {
            await green;
            return false;
        }
        catch (GreenletExit)
        {
            return true;
        }
    }

    private static async Task SecondWaiterAsync()
    {
        using var signals = new GreenSignals(SIGUSR1);
        GreenThread<PosixSignal> first = GreenThread.Spawn(async () => await signals.WaitAsync());
        await GreenThread.SleepAsync();
        try
        {
            await signals.WaitAsync();
            Check.That(false);
        }
        catch (InvalidOperationException)
        {
        }

        Raise(SIGUSR1);
        Check.That(await first == SIGUSR1);
    }

    private static async Task DisposedAsync()
    {
        using var keep = new GreenSignals(SIGUSR1);
        var signals = new GreenSignals(SIGUSR1);
        GreenThread loop = GreenThread.Spawn(async () =>
        {
            await foreach (PosixSignal signal in signals)
            {
                Check.That(signal == SIGUSR1);
            }
        });
        await GreenThread.SleepAsync();
        signals.Dispose();
        signals.Dispose();
        await loop;
        Raise(SIGUSR1);
        Check.That(await keep.WaitAsync() == SIGUSR1);
        try
        {
            await signals.WaitAsync();
            Check.That(false);
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private static async Task OutsideAsync()
    {
        using var signals = new GreenSignals(SIGUSR1);
        ValueTask<PosixSignal> waiting = signals.WaitAsync();
        Raise(SIGUSR1);
        Check.That(await waiting == SIGUSR1);
        await Hubs.GetHub().InvokeAsync(async () =>
        {
            Raise(SIGUSR1);
            Check.That(await signals.WaitAsync() == SIGUSR1);
        });
    }

    private static void Block()
    {
        using var signals = new GreenSignals(SIGUSR1);
        Check.Throws<GreenTimeoutException>(() => signals.Wait(TimeSpan.FromMilliseconds(1)));
        GreenThread.Spawn(() =>
        {
            Check.Throws<InvalidOperationException>(() => signals.Wait());
            Raise(SIGUSR1);
            return Task.CompletedTask;
        });
        Check.That(signals.Wait() == SIGUSR1);
    }

    /// <summary>A hub in the background whose owner has ended ends when it is empty, whatever signals its greenthreads have taken.</summary>
    private static void KeepNoLoop()
    {
        GreenSignals? signals = null;
        Hub? hub = null;
        var owner = new Thread(() =>
        {
            hub = Hubs.GetHub();
            hub.InvokeAsync(async () =>
            {
                signals = new GreenSignals(SIGUSR1);
                Raise(SIGUSR1);
                await signals.WaitAsync();
            }).GetAwaiter().GetResult();
        });
        owner.Start();
        owner.Join();

        // Whoever makes a hub looks for those whose owner has ended.
        while (hub!.IsRunning)
        {
            GC.Collect();
            using Hub other = Hub.Start();
        }

        Raise(SIGUSR1);
        Check.That(signals!.Wait() == SIGUSR1);
        signals.Dispose();
    }

    private static void Refused()
    {
        Check.Throws<ArgumentException>(() => new GreenSignals().Dispose());
        Check.Throws<IOException>(() => new GreenSignals(SIGUSR1, (PosixSignal)9).Dispose());
    }

    private static async Task FromOutsideAsync()
    {
        var signals = new GreenSignals(PosixSignal.SIGTERM, SIGUSR1, SIGUSR2);
        Console.WriteLine("ready");
        await foreach (PosixSignal signal in signals)
        {
            if (signal == SIGUSR2)
            {
                break;
            }

            Console.WriteLine(signal.ToString());
        }

        signals.Dispose();
        Console.WriteLine("given back");
        await GreenThread.SleepAsync(TimeSpan.FromDays(1));
    }

    private static void BesideCancel()
    {
        Hub hub = Hubs.GetHub();
        using IDisposable cancelling = hub.CancelOnSignals();
        using var signals = new GreenSignals(PosixSignal.SIGINT);
        GreenThread taking = GreenThread.Spawn(async () => Check.That(await signals.WaitAsync() == PosixSignal.SIGINT));
        hub.Post(() => hub.Post(() => Console.WriteLine("ready")));
        Check.Throws<OperationCanceledException>(() => GreenThread.Sleep(TimeSpan.FromDays(1)));
        taking.Wait();
        Console.WriteLine("cancelled, and SIGINT");
        Check.That(signals.Wait() == PosixSignal.SIGINT);
        Console.WriteLine("and SIGINT again");
    }

    /// <summary>Sends this process a signal; it is taken by a thread of the runtime.</summary>
    private static void Raise(PosixSignal signal) => Check.That(Kill(Environment.ProcessId, (int)signal) == 0);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
