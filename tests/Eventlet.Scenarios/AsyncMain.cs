namespace Eventlet.Scenarios;

/// <summary>A plain `static async Task Main`, which begins to use the library in various ways and meets the same hub throughout.</summary>
internal static class AsyncMain
{
    internal static Task<int> RunAsync(string[] args) => args[0] switch
    {
        "trampoline" => FirstTrampolineAsync(),
        "greenthread" => FirstGreenThreadAsync(),
        "nested" => FirstNestedAsync(),
        "foreign" => FirstForeignAsync(),
        "blocking" => FirstBlockingAsync(),
        "value" => FirstValueAsync(),
        _ => throw new ArgumentException(args[0]),
    };

    private static async Task<int> FirstTrampolineAsync()
    {
        using var pipe = new Pipe();
        pipe.Write();
        Hub hub = Hubs.GetHub();
        Check.That(!hub.IsRunning);
        await Hubs.TrampolineAsync(pipe.Reader, read: true);
        return await GoOnAsync(hub);
    }

    private static async Task<int> FirstGreenThreadAsync()
    {
        Hub hub = Hubs.GetHub();
        bool ran = false;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            Check.That(hub.IsCurrent);
            await GreenThread.SleepAsync();
            Check.That(hub.IsCurrent);
            ran = true;
        });
        Check.That(!hub.IsRunning);
        await green;
        Check.That(ran);
        return await GoOnAsync(hub);
    }

    private static async Task<int> FirstValueAsync()
    {
        Hub hub = Hubs.GetHub();
        Check.That(await GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            return 7;
        }) == 7);
        return await GoOnAsync(hub);
    }

    private static async Task<int> FirstNestedAsync()
    {
        Hub hub = Hubs.GetHub();
        await OuterAsync();
        return await GoOnAsync(hub);

        static async Task OuterAsync() => Check.That(await InnerAsync() == 3);

        static async ValueTask<int> InnerAsync()
        {
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            return 3;
        }
    }

    private static async Task<int> FirstForeignAsync()
    {
        // Nothing of the library before the first await: the hub is the entry thread's all the same.
        await Task.Yield();
        Check.That(Thread.CurrentThread.IsThreadPoolThread);
        Hub hub = Hubs.GetHub();
        Check.That(!hub.IsRunning);
        await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        return await GoOnAsync(hub);
    }

    private static async Task<int> FirstBlockingAsync()
    {
        Hub hub = Hubs.GetHub();
        bool ran = false;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            await GreenThread.SleepAsync();
            ran = true;
        });
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        green.Wait();
        Check.That(ran);
        Check.That(!hub.IsRunning);
        await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
        return await GoOnAsync(hub);
    }

    /// <summary>What every variant does after its first await: the hub runs in the background, and is the same wherever this is.</summary>
    private static async Task<int> GoOnAsync(Hub hub)
    {
        for (int round = 0; round < 3; round++)
        {
            Check.That(Thread.CurrentThread.IsThreadPoolThread);
            Check.That(hub.IsRunning && !hub.IsCurrent);
            Check.That(ReferenceEquals(Hubs.GetHub(), hub));
            Check.That(GreenThread.Current is null);
            Check.That(Environment.GetEnvironmentVariable(Hubs.EnvironmentVariable) is not { } name || hub.Name == name);
            await GreenThread.SleepAsync();
            GreenThread green = GreenThread.Spawn(() => Task.CompletedTask);
            Check.That(ReferenceEquals(green.Hub, hub));
            await green;
            using var pipe = new Pipe();
            pipe.Write();
            await Hubs.TrampolineAsync(pipe.Reader, read: true);
            await Task.Yield();
            await hub.InvokeAsync(() =>
            {
                Check.That(hub.IsCurrent && GreenThread.Current is not null);
                return Task.CompletedTask;
            });
            GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        }

        Console.WriteLine(hub.Name);
        return 0;
    }
}
