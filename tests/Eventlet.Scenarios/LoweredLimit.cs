using System.Runtime.InteropServices;

namespace Eventlet.Scenarios;

/// <summary>A hub that watches more descriptors than the limit of open files, which is lowered while it runs, allows. Prints what each waiter and the blocking call were told.</summary>
internal static partial class LoweredLimit
{
    private const int RLIMIT_NOFILE = 7;
    private const int Waiters = 400;
    private const int Limit = 300;

    internal static Task<int> RunAsync(string[] args)
    {
        Hubs.UseHub(args[0]);
        Hub hub = Hubs.GetHub();

        // Numbers below the limit, for what the runtime opens in the meantime: an assembly that is loaded, say.
        List<int> spare = [.. Enumerable.Range(0, 60).Select(_ => Eventfd())];
        int[] watched = [.. Enumerable.Range(0, Waiters).Select(_ => Eventfd())];
        spare.ForEach(static fd => Check(close(fd)));
        List<Exception> told = [];
        try
        {
            hub.Run(async () =>
            {
                foreach (int fd in watched)
                {
                    _ = GreenThread.Spawn(() => WaitAsync(fd, told));
                }

                await GreenThread.SleepAsync(TimeSpan.Zero);
                SetLimit(Limit);
                await GreenThread.SleepAsync(TimeSpan.FromDays(1));
            });
        }
        catch (Exception error)
        {
            Console.WriteLine($"run {error.GetType().Name} {error.Message}");
        }

        Console.WriteLine($"told {told.Count(e => e is HubException)} of {watched.Length}");
        Console.WriteLine($"objects {told.Distinct(ReferenceEqualityComparer.Instance).Count()}");
        return Task.FromResult(0);
    }

    private static async Task WaitAsync(int fd, List<Exception> told)
    {
        try
        {
            await Hubs.TrampolineAsync(fd, read: true);
        }
        catch (Exception error)
        {
            told.Add(error);
        }
    }

    private static int Eventfd()
    {
        int fd = eventfd(0, 0x80000 | 0x800);
        Check(fd < 0 ? -1 : 0);
        return fd;
    }

    private static unsafe void SetLimit(ulong soft)
    {
        (ulong Soft, ulong Hard) limit;
        Check(getrlimit(RLIMIT_NOFILE, &limit));
        limit.Soft = soft;
        Check(setrlimit(RLIMIT_NOFILE, &limit));
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"errno {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int getrlimit(int resource, (ulong Soft, ulong Hard)* limit);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int setrlimit(int resource, (ulong Soft, ulong Hard)* limit);
}
