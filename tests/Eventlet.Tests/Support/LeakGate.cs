using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Eventlet.Tests.Support;

/// <summary>
/// Compares the process at the end of a test with its beginning: descriptors, threads of hubs and of tests, hubs, and what the hubs hold: greenthreads,
/// timers, listeners, objects of their pools. <see cref="LeakGateAttribute"/> makes one around each test.
/// </summary>
internal sealed class LeakGate : IDisposable
{
    private static LeakGate? s_innermost;

    private readonly LeakGate? _outer = s_innermost;
    private readonly IReadOnlySet<Descriptor> _descriptors;
    private readonly IReadOnlySet<string> _threads;
    private readonly Dictionary<Hub, string> _hubs;
    private readonly List<string> _unreturned = [];
    private readonly TimeSpan _patience;

    /// <summary>The beginning.</summary>
    /// <param name="patience">How long the end may wait for what is ending. Default: 5 s.</param>
    internal LeakGate(TimeSpan? patience = null)
    {
        _patience = patience ?? TimeSpan.FromSeconds(5);
        Runtime.WarmUp();
        _descriptors = OwnDescriptors();
        _threads = OwnThreads();
        _hubs = HubRegistry.Snapshot().ToDictionary(static hub => hub, Holdings);
        Hub.Dropping += NoteUnreturned;
        s_innermost = this;
    }

    /// <summary>Fails the test, and names what it has left behind.</summary>
    public void Dispose()
    {
        // A joined thread and a finalized handle leave /proc a moment after the program knows that they are gone.
        var clock = Stopwatch.StartNew();
        string leaked;
        while ((leaked = Leaked()).Length > 0 && clock.Elapsed < _patience)
        {
            Collect();
            Thread.Sleep(1);
        }

        Hub.Dropping -= NoteUnreturned;
        s_innermost = _outer;
        lock (_unreturned)
        {
            string all = string.Join(", ", _unreturned.Prepend(leaked).Where(static left => left.Length > 0));
            Assert.True(all.Length == 0, $"left behind: {all}");
        }
    }

    private string Leaked() => string.Join(", ",
        OwnDescriptors().Except(_descriptors).Select(static d => $"descriptor {d.Number} {d.Target}")
            .Concat(OwnThreads().Except(_threads).Select(static t => $"thread {t}"))
            .Concat(HubRegistry.Snapshot().Select(HubLeak).OfType<string>()));

    /// <summary>
    /// A hub of the test's must be gone. Those that were there hold what they held: the entry thread's, which pool threads share, and one of a test
    /// within the test; not those of an earlier test that was given up at its time limit and still runs.
    /// </summary>
    private string? HubLeak(Hub hub)
    {
        string holdings = Holdings(hub);
        bool isNew = !_hubs.TryGetValue(hub, out string? before);
        bool isLeft = isNew ? !hub.Owner.ServesPool || holdings.Length > 0 : holdings.Length > 0 && holdings != before && !hub.Owner.ThreadIsAlive(except: Thread.CurrentThread);
        return isLeft ? $"a {hub.Name} hub of thread '{hub.Owner.ThreadName}', not disposed, with {(holdings.Length > 0 ? holdings : "nothing in it")}{Details(hub)}" : null;
    }

    private static string Holdings(Hub hub)
    {
        HubStatistics held = hub.Statistics;
        (int Count, string What)[] all =
        [
            (held.GreenThreads, "greenthreads"), (held.Timers, "timers"), (held.Readers, "readers"), (held.Writers, "writers"), (held.Ready, "ready items"),
            (held.GreenThreads == 0 ? hub.PooledInUse : 0, "pooled objects"),
        ];
        return string.Join(", ", all.Where(static one => one.Count > 0).Select(static one => $"{one.Count} {one.What}"));
    }

    /// <summary>Who made its timers and listeners, where HubDebug's tracebacks were on.</summary>
    private static string Details(Hub hub) => hub.IsRunning ? "" : string.Concat(hub.Table.WaitersOf(FdEvent.Read).Concat(hub.Table.WaitersOf(FdEvent.Write)).Select(static waiter => $"; {waiter.Waiter}"));

    // With nobody left to wait, every object of the pools has come back. Dropped with its greenthreads, a hub drops their waits.
    private void NoteUnreturned(Hub hub)
    {
        HubStatistics held = hub.Statistics;
        if (ReferenceEquals(this, s_innermost) && held is { GreenThreads: 0, Ready: 0 } && hub.PooledInUse is > 0 and var inUse)
        {
            lock (_unreturned)
            {
                _unreturned.Add($"{inUse} pooled objects of a {hub.Name} hub of thread '{hub.Owner.ThreadName}': {hub.PoolsInUse}");
            }
        }
    }

    private static HashSet<Descriptor> OwnDescriptors() => Descriptors.List().Where(static d => !Runtime.Owns(d.Target)).ToHashSet();

    // Threads of hubs and of tests, by name. The kernel keeps fifteen characters of a name; the id tells namesakes apart.
    private static HashSet<string> OwnThreads()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                string name = File.ReadAllText(Path.Combine(task, "comm")).TrimEnd();
                if (name.StartsWith("hub", StringComparison.Ordinal) || name.StartsWith("test", StringComparison.Ordinal))
                {
                    found.Add($"{name} ({Path.GetFileName(task)})");
                }
            }
            catch (IOException)
            {
                // It ended between the listing and the reading.
            }
        }

        return found;
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static class Runtime
    {
        private static readonly Lazy<bool> Warm = new(() =>
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var client = new TcpClient();
            Task<TcpClient> accepted = listener.AcceptTcpClientAsync();
            client.ConnectAsync((IPEndPoint)listener.LocalEndpoint).GetAwaiter().GetResult();
            accepted.GetAwaiter().GetResult().Dispose();
            using ChildProcess child = ChildProcess.StartProgram("/bin/true", []);
            child.EndAsync().GetAwaiter().GetResult();
            return true;
        });

        /// <summary>Makes what the runtime opens once, on first use, and keeps: the epoll instance of its own sockets, the pipes of child processes' signals.</summary>
        internal static void WarmUp() => _ = Warm.Value;

        private static readonly string? Console = new FileInfo("/proc/self/fd/1").LinkTarget;

        /// <summary>What the runtime opens when it likes, and not for a test.</summary>
        internal static bool Owns(string target) =>
            target.EndsWith(".dll", StringComparison.Ordinal) // An assembly, loaded when its code is first needed.
            || target.EndsWith(".so", StringComparison.Ordinal) // A library, likewise.
            || target.EndsWith(".pdb", StringComparison.Ordinal) // The lines of a stack trace.
            || target.EndsWith(".trx", StringComparison.Ordinal) // The test host's report,
            || target.Contains("/trx-stream-", StringComparison.Ordinal) // and what it gathers for it.
            || target.Contains("doublemapper", StringComparison.Ordinal) // Memory for code that is being compiled.
            || target == Console // Standard output or error once more, when the process first writes to it.
            || target.StartsWith("/sys/", StringComparison.Ordinal) // Limits that the collector and the thread pool look at.
            || target.StartsWith("/proc/", StringComparison.Ordinal) // The same; and the gate's own look.
            || target.StartsWith("/dev/", StringComparison.Ordinal); // Random numbers, terminals.
    }
}
