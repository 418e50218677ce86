namespace Eventlet.Bench;

/// <summary>Measures servers under one work load, in turn: A B C … A B C …</summary>
internal sealed class Session(WorkLoad work, Settings settings)
{
    private const int Attempts = 4;
    private const int SettleSteps = 4;

    private readonly List<Entrant> _entrants = [];
    private Deadline _end = null!;

    private sealed class Entrant(Server server)
    {
        internal Server Server { get; } = server;
        internal ServerProcess? Process { get; set; }
        internal Series Windows { get; } = new();
        internal Series PlainWindows { get; } = new();
        internal Measurement Measurement { get; set; } = null!;
    }

    private sealed class Series
    {
        internal List<Window> All { get; } = [];
        internal double BestClientUs { get; set; } = double.PositiveInfinity;
    }

    internal IReadOnlyCollection<Measurement> Run(IEnumerable<Server> servers)
    {
        try
        {
            foreach (Server server in servers.Where(s => s.Modes.Contains(work.Mode)))
            {
                var entrant = new Entrant(server) { Measurement = new Measurement { WorkLoad = work.Name, Server = server.Name } };
                _entrants.Add(entrant);
                Attempt(entrant, () => Start(entrant));
            }

            _end = Deadline.After(settings.Limit);
            for (int round = 1; round <= settings.Rounds && (round == 1 || !_end.IsOver); round++)
            {
                Say($"{work.Name}: round {round} of {settings.Rounds}");
                foreach (Entrant entrant in Alive)
                {
                    if (work.Plain is { } plain)
                    {
                        Attempt(entrant, () => Measure(entrant, plain, entrant.PlainWindows, round));
                    }

                    Attempt(entrant, () => Measure(entrant, work, entrant.Windows, round));
                }
            }

            foreach (Entrant entrant in Alive)
            {
                Attempt(entrant, () => Finish(entrant));
            }
        }
        finally
        {
            _entrants.ForEach(static entrant => entrant.Process?.Dispose());
        }

        return [.. _entrants.Select(static entrant => entrant.Measurement)];
    }

    private IEnumerable<Entrant> Alive => _entrants.Where(static entrant => entrant.Measurement.Failure is null);

    /// <summary>A server that fails is out of this work load; the others go on.</summary>
    private void Attempt(Entrant entrant, Action step)
    {
        try
        {
            step();
        }
        catch (BenchException error)
        {
            Say($"{work.Name}, {entrant.Server.Name}: {error.Message}");
            entrant.Measurement = entrant.Measurement with { Failure = error.Message };
            entrant.Process?.Dispose();
            entrant.Process = null;
        }
    }

    private void Start(Entrant entrant)
    {
        entrant.Process = new ServerProcess(entrant.Server, work.Mode);
        for (int step = 0; step < SettleSteps && settings.Settle > 0; step++)
        {
            LoadGenerator.Run(entrant.Process, work.Plain ?? work, settings.Settle / SettleSteps, 0);

            // A compiler that goes on in the background has the server's core to itself, and its next tier counts calls anew.
            Thread.Sleep(TimeSpan.FromMilliseconds(250));
        }
    }

    /// <summary>Until it counts, or time is short; each attempt is kept, with the reason if it does not count.</summary>
    private void Measure(Entrant entrant, WorkLoad load, Series windows, int round)
    {
        for (int attempt = 1; attempt <= Attempts && (attempt == 1 || !_end.IsOver) && entrant.Process is { } process; attempt++)
        {
            Window window = LoadGenerator.Run(process, load, settings.Seconds, load.Warmup);
            string? reason = settings.Disturbance.Of(window, Math.Min(windows.BestClientUs, window.ClientUs));
            windows.All.Add(window with { Round = round, Discarded = reason });
            if (load.Plain is not null)
            {
                Quiet.Wait(); // the server still has all those idle connections to close
            }

            if (reason is null)
            {
                windows.BestClientUs = Math.Min(windows.BestClientUs, window.ClientUs);
                return;
            }

            Say($"{load.Name}, round {round}, {entrant.Server.Name}: discarded, {reason}");
            Quiet.Wait();
        }
    }

    private void Finish(Entrant entrant)
    {
        entrant.Measurement = entrant.Measurement with
        {
            Windows = entrant.Windows.All,
            PlainWindows = entrant.PlainWindows.All,
            PeakKib = entrant.Process!.Status("VmHWM"),
            IdleRuns = settings.Count && work.Name == Targets.CountedWorkLoad && Servers.Hubs.Contains(entrant.Server.Name) ? entrant.Process.RunsOfFirstThread(TimeSpan.FromSeconds(2)) : null,
        };
        if (settings.Count && work.Plain is null && !work.IsFixedRate)
        {
            Say($"{work.Name}: counting, {entrant.Server.Name}");
            (double Allocated, double PoolItems)? allocations = CountedRuns.Allocations(entrant.Process, work);
            entrant.Measurement = entrant.Measurement with
            {
                AllocatedBytes = allocations?.Allocated,
                PoolItems = allocations?.PoolItems,
                SystemCalls = CountedRuns.SystemCalls(entrant.Process, work),
            };
        }
    }

    private static void Say(string text) => Console.Error.WriteLine(text);
}
