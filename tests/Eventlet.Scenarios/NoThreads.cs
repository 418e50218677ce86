using System.Runtime.InteropServices;

namespace Eventlet.Scenarios;

/// <summary>
/// A process that gets no more threads just when a hub needs one: whoever asked is told, nobody hangs, and once there are threads again
/// everything works. The library that LD_PRELOAD names refuses them.
/// </summary>
internal static class NoThreads
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static nint s_refuse;

    internal static Task<int> RunAsync(string[] args)
    {
        string hub = args[0];
        s_refuse = NativeLibrary.GetExport(NativeLibrary.Load(Environment.GetEnvironmentVariable("LD_PRELOAD")!), "seam_refuse_threads");

        // Continuations need workers of the pool, which must be there before.
        Task.WaitAll([.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(() => Thread.Sleep(20)))]);
        Start(hub);
        OnOwner(hub, Await);
        OnOwner(hub, Invoke);
        OnOwner(hub, JoinFromAnotherHub);
        PoolThreads(hub);
        Console.WriteLine("done");
        return Task.FromResult(0);
    }

    private static void Start(string name)
    {
        Refused(() => Hub.Start(name));
        using Hub hub = Hub.Start(name);
    }

    private static void Await()
    {
        // The awaiter itself must get the error: what OnCompleted throws would end the process.
        Refused(() => SleepOutsideAsync().GetAwaiter().GetResult());
        SleepOutsideAsync().GetAwaiter().GetResult();
    }

    private static async Task SleepOutsideAsync() => await GreenThread.SleepAsync(Moment).ConfigureAwait(false);

    private static void Invoke()
    {
        Hub hub = Hubs.GetHub();
        Refused(() => hub.InvokeAsync(() => Task.FromResult(1)).GetAwaiter().GetResult());
        Check.That(hub.InvokeAsync(() => Task.FromResult(7)).GetAwaiter().GetResult() == 7);
    }

    private static void JoinFromAnotherHub()
    {
        Hub idle = Hubs.GetHub();
        using Hub other = Hub.Start(idle.Name);
        GreenThread<int> awaited = idle.Spawn(() => Task.FromResult(7));
        async Task<int> JoinAsync() => await awaited;
        Refused(() => other.InvokeAsync(JoinAsync).GetAwaiter().GetResult());
        Check.That(other.InvokeAsync(JoinAsync).GetAwaiter().GetResult() == 7);
    }

    private static void PoolThreads(string name)
    {
        Hubs.UseHub(name);
        Hub hub = Hubs.GetHub();
        Exception? reported = null;
        hub.UnhandledException += error => reported = error;
        using var ran = new ManualResetEventSlim();
        Refuse(true);
        Task.Run(() => Hubs.GetHub().Post(ran.Set)).GetAwaiter().GetResult();
        Refuse(false);
        Check.That(reported is HubException && !ran.IsSet);
        Refused(() => Task.Run(() => GreenThread.Sleep(Moment)).GetAwaiter().GetResult());
        Task.Run(() => GreenThread.Sleep(Moment)).GetAwaiter().GetResult();
        ran.Wait();
    }

    private static unsafe void Refuse(bool refuse) => ((delegate* unmanaged<int, void>)s_refuse)(refuse ? 1 : 0);

    private static void Refused(Action action)
    {
        Refuse(true);
        HubException error;
        try
        {
            error = Check.Throws<HubException>(action);
        }
        finally
        {
            Refuse(false);
        }

        Check.That(error.Message.Contains("no thread can be started", StringComparison.Ordinal));
    }

    private static void OnOwner(string name, Action body)
    {
        var thread = new Thread(() =>
        {
            Hubs.UseHub(name);
            using Hub hub = Hubs.GetHub();
            body();
        });
        thread.Start();
        thread.Join();
    }
}
