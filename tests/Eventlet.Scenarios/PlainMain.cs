namespace Eventlet.Scenarios;

/// <summary>A plain `static void Main`: what its entry thread, and the pool's threads beside it, meet.</summary>
internal static class PlainMain
{
    internal static Task<int> RunAsync(string[] args)
    {
        switch (args[0])
        {
            case "blocking": Blocking(); break;
            case "lazy": Lazy(); break;
            case "moved": Moved(); break;
            case "pool-in-place": PoolWhileInPlace(); break;
            case "pool-idle": PoolWhileIdle(args[1]); break;
            case "pool-refuses": PoolRefuses(); break;
            case "replaced": Replaced(); break;
            case "unhandled": Unhandled(); break;
            default: throw new ArgumentException(args[0]);
        }

        return Task.FromResult(0);
    }

    private static void Blocking()
    {
        using var pipe = new Pipe();
        var log = new List<string>();
        GreenThread green = GreenThread.Spawn(async () =>
        {
            Check.That(Environment.CurrentManagedThreadId == 1);
            await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
            log.Add("green");
            pipe.Write();
        });
        Check.That(GreenThread.Current is null);
        Hubs.Trampoline(pipe.Reader, read: true);
        log.Add("main");
        green.Wait();
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Check.That(string.Join(' ', log) == "green main");
        Check.That(!Hubs.GetHub().IsRunning);
    }

    private static void Lazy()
    {
        HashSet<string> threads = Threads(), descriptors = Descriptors();
        Hubs.UseHub();
        Hub hub = Hubs.GetHub();
        _ = Hubs.GetDefaultHub();
        GreenThread.SpawnN(() => Task.CompletedTask);
        _ = GreenThread.Spawn(() => Task.CompletedTask);
        _ = GreenThread.SpawnAfter(TimeSpan.Zero, () => Task.CompletedTask);
        _ = hub.ScheduleCallGlobal(TimeSpan.Zero, () => Console.WriteLine("ran"));
        _ = hub.ScheduleCallLocal(TimeSpan.Zero, () => Console.WriteLine("ran"));
        using var pipe = new Pipe();
        FdListener listener = hub.Add(FdEvent.Read, (int)pipe.Reader.DangerousGetHandle(), _ => Console.WriteLine("ran"));
        hub.Remove(listener);
        hub.Post(() => Console.WriteLine("ran"));
        _ = hub.Statistics;
        pipe.Dispose();
        Check.That(!hub.IsRunning);
        threads.SymmetricExceptWith(Threads());
        descriptors.SymmetricExceptWith(Descriptors());
        Console.WriteLine($"{string.Join(' ', threads)}{string.Join(' ', descriptors)}");
    }

    private static void Moved()
    {
        Hub hub = Hubs.GetHub();
        Task moved = SleepAsync();
        Check.That(hub.IsRunning);
        Thread? thread = null;
        GreenThread green = GreenThread.Spawn(async () =>
        {
            thread = Thread.CurrentThread;
            await GreenThread.SleepAsync();
            Check.That(ReferenceEquals(thread, Thread.CurrentThread));
        });
        green.Wait();
        Check.That(thread is { ManagedThreadId: not 1, IsThreadPoolThread: false });
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        using var pipe = new Pipe();
        pipe.Write();
        Hubs.Trampoline(pipe.Reader, read: true);
        Check.That(hub.Run(() => Task.FromResult(ReferenceEquals(Thread.CurrentThread, thread))));
        Check.That(ReferenceEquals(Hubs.GetHub(), hub) && hub.IsRunning && !hub.IsCurrent);
        moved.GetAwaiter().GetResult();

        static async Task SleepAsync() => await GreenThread.SleepAsync(TimeSpan.FromMilliseconds(1));
    }

    private static void Replaced()
    {
        Hub hub = Hubs.GetHub();
        Task moved = Task.Run(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1)));
        GreenThread forever = GreenThread.Spawn(async () => await GreenThread.SleepAsync(TimeSpan.FromDays(1)));
        SpinWait.SpinUntil(() => hub.IsRunning && hub.Statistics.GreenThreads == 1 && hub.Statistics.Timers == 2);
        Hubs.UseHub("poll");
        Check.That(!hub.IsRunning);
        // The thread has ended for .NET; the kernel's own list may lag behind by a moment.
        SpinWait.SpinUntil(() => !Threads().Any(thread => thread.StartsWith("hub", StringComparison.Ordinal)));
        Check.That(Check.Throws<HubException>(() => moved.GetAwaiter().GetResult()).Message == "hub disposed");
        Check.That(forever.IsDead);
        Hub next = Hubs.GetHub();
        Check.That(next.Name == "poll" && !ReferenceEquals(next, hub));
        Check.That(ReferenceEquals(OnPool(Hubs.GetHub), next));
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
    }

    private static void Unhandled()
    {
        GreenThread.SpawnN(() => throw new FormatException("lost"));
        GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
        Check.That(Hubs.GetHub().Run(() => Task.FromResult(7)) == 7);
    }

    private static void PoolWhileInPlace()
    {
        Hub entry = Hubs.GetHub();
        using var pipe = new Pipe();
        Task<Hub>? other = null;
        GreenThread green = GreenThread.Spawn(() =>
        {
            other = Task.Run(async () =>
            {
                Hub hub = Hubs.GetHub();
                Check.That(!ReferenceEquals(hub, entry) && hub.Name == entry.Name);
                await GreenThread.SleepAsync();
                Check.That(hub.IsRunning && !hub.IsCurrent);
                Check.That(ReferenceEquals(Hubs.GetHub(), hub));
                GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
                await GreenThread.Spawn(() => Task.CompletedTask);
                Hub again = await Task.Factory.StartNew(Hubs.GetHub, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default);
                Check.That(ReferenceEquals(again, hub));
                pipe.Write();
                return hub;
            });
            return Task.CompletedTask;
        });
        Hubs.Trampoline(pipe.Reader, read: true);
        green.Wait();
        Hub process = other!.GetAwaiter().GetResult();
        Check.That(ReferenceEquals(Hubs.GetHub(), entry));
        Check.That(ReferenceEquals(OnPool(Hubs.GetHub), entry));
        Check.That(process.IsRunning && !entry.IsRunning);
    }

    private static void PoolWhileIdle(string how)
    {
        using var done = new ManualResetEventSlim();
        Hub hub = Hubs.GetHub();
        OnPool(() =>
        {
            Check.That(ReferenceEquals(Hubs.GetHub(), hub));
            switch (how)
            {
                case "spawn":
                    GreenThread.SpawnN(() =>
                    {
                        done.Set();
                        return Task.CompletedTask;
                    });
                    break;
                case "after":
                    GreenThread.SpawnAfter(TimeSpan.Zero, () =>
                    {
                        done.Set();
                        return Task.CompletedTask;
                    });
                    break;
                case "post":
                    hub.Post(done.Set);
                    break;
                case "block":
                    GreenThread.Sleep(TimeSpan.FromMilliseconds(1));
                    done.Set();
                    break;
                default:
                    throw new ArgumentException(how);
            }

            return true;
        });
        done.Wait();
        Check.That(hub.IsRunning && !hub.IsCurrent);
    }

    private static void PoolRefuses()
    {
        Hub hub = Hubs.GetHub();
        using Hub started = Hub.Start();
        OnPool(() =>
        {
            foreach (Action refused in new Action[]
            {
                () => Hubs.UseHub("poll"),
                () => Hubs.UseHub(Hubs.GetDefaultHub()),
                () => hub.Run(() => Task.CompletedTask),
                () => hub.Run(() => Task.FromResult(1)),
                () => started.Run(() => Task.CompletedTask),
                () => hub.Abort(),
                () => started.Abort(wait: true),
            })
            {
                Check.That(Check.Throws<InvalidOperationException>(refused).Message.Contains("Hub.Start", StringComparison.Ordinal));
            }

            return true;
        });
        Check.That(!hub.IsRunning && started.IsRunning);
    }

    private static T OnPool<T>(Func<T> body) => Task.Run(() =>
    {
        Check.That(Thread.CurrentThread.IsThreadPoolThread);
        return body();
    }).GetAwaiter().GetResult();

    /// <summary>The threads that were not there before, but those of the runtime, which come and go.</summary>
    private static HashSet<string> Threads() => Directory.GetDirectories("/proc/self/task")
        .Select(NameOf).Where(name => name.Length > 0 && !name.StartsWith(".NET", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).TrimEnd();
        }
        catch (IOException)
        {
            // Ended between the two looks.
            return "";
        }
    }

    private static HashSet<string> Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").ToArray()
        .Select(path => new FileInfo(path).LinkTarget ?? "").Where(target => target.Length > 0 && !target.StartsWith('/'))
        .ToHashSet(StringComparer.Ordinal);
}
