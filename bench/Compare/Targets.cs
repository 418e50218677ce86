namespace Eventlet.Bench;

/// <summary>The target table, out of what was measured.</summary>
public static class Targets
{
    private static readonly string[] s_fastHubs = ["epoll", "io_uring"];

    /// <summary>Under which system calls and allocations are counted.</summary>
    internal const string CountedWorkLoad = "echo-50";

    /// <summary>The columns of a row, and their heads.</summary>
    public static IReadOnlyList<string> Head { get; } = ["target", "must", "aim", "measured", "rounds", "must held", "aim held", "note"];

    /// <summary>All rows; those without figures say so.</summary>
    public static IReadOnlyList<Target> Of(Results results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return [.. Echo(results), .. Counts(results), .. Micro(results), .. Idle(results)];
    }

    /// <summary>All rows out of several whole runs: of each row the median of the runs.</summary>
    public static IReadOnlyList<Target> Of(IReadOnlyList<Results> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 1)
        {
            return Of(runs[0]);
        }

        IReadOnlyList<Target>[] tables = [.. runs.Select(Of)];
        IEnumerable<Target> rows = tables[0].Select(row => Together([.. tables.SelectMany(static table => table).Where(same => same.What == row.What)]));
        return [.. rows.GroupBy(static row => row.Group).SelectMany(static group => group.Key.Length == 0 ? group : BestOf(group))];
    }

    /// <summary>The cells of a row.</summary>
    public static IReadOnlyList<string> Cells(Target row)
    {
        ArgumentNullException.ThrowIfNull(row);
        string[] notes = row.IsOwed ? [row.Note] : [row.Note, "the better hub counts, this is the other"];
        return [row.What, row.MustText, row.AimText, row.ValueText, row.CountText, Verdict(row, row.MustHeld), Verdict(row, row.AimHeld), string.Join("; ", notes.Where(static n => n.Length > 0))];
    }

    /// <summary>Prints it; returns whether every limit that is owed was measured and holds.</summary>
    public static bool Write(TextWriter to, Results results)
    {
        ArgumentNullException.ThrowIfNull(to);
        IReadOnlyList<Target> all = Of(results);
        Table.Write(to, [Head, .. all.Select(Cells)]);
        return all.All(static row => row.Holds);
    }

    /// <summary>The servers whose figures under this work load are in the table.</summary>
    public static IReadOnlySet<string> ServersOf(WorkLoad work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Of(new Results()).Where(row => row.WorkLoad == work.Name).SelectMany(static row => row.Servers).ToHashSet();
    }

    private static string Verdict(Target row, string held) => row.IsOwed ? held : $"({held})";

    private static IEnumerable<Target> Echo(Results r)
    {
        yield return Cpu(r, "epoll hub, echo n = 50: CPU vs C epoll", "echo-50", "epoll", "c-epoll", 1.15, 1.00);
        yield return Cpu(r, "epoll hub, echo n = 1,000: CPU vs C epoll", "echo-1000", "epoll", "c-epoll", 1.15, 1.00);
        yield return Cpu(r, "io_uring hub, echo n = 50: CPU vs C epoll", "echo-50", "io_uring", "c-epoll", 1.00, 0.85);
        yield return Cpu(r, "io_uring hub, echo n = 50: CPU vs C io_uring", "echo-50", "io_uring", "c-io_uring", 1.15, 1.00);
        foreach (Target row in (IEnumerable<Target>)
        [
            .. Best("round trips/s vs eventlet, n = 50", (what, hub) => Rate(r, what, "echo-50", hub, "eventlet", 4, 6)),
            .. Best("round trips/s vs eventlet, n = 1,000", (what, hub) => Rate(r, what, "echo-1000", hub, "eventlet", 4, 6)),
            .. Best("CPU vs default .NET sockets, n = 50", (what, hub) => Cpu(r, what, "echo-50", hub, "dotnet", 0.50, 0.40)),
            .. Best("16 KiB x 50: bytes/s vs C epoll", (what, hub) => Rate(r, what, "echo-16k", hub, "c-epoll", 0.95, 1.15)),
        ])
        {
            yield return row;
        }
    }

    private static IEnumerable<Target> Counts(Results r)
    {
        yield return Counted(r, "system calls per round trip, n = 50: epoll", "epoll", static m => m.Calls, 2.2, 2.05);
        yield return Counted(r, "system calls per round trip, n = 50: io_uring", "io_uring", static m => m.Calls, 0.2, 0.1);
        yield return Counted(r, "epoll_ctl per round trip in steady state: epoll", "epoll", static m => m.SystemCalls?.GetValueOrDefault("epoll_ctl"), 0, 0);
        foreach (string hub in s_fastHubs)
        {
            // Less than half a byte is what the process does beside them: its lists grow, and it answers the probe.
            yield return Counted(r, $"bytes allocated per round trip: {hub}", hub, static m => Negligible(m.AllocatedBytes, 0.5), 0, 0);
            yield return Counted(r, $"thread-pool hops per round trip: {hub}", hub, static m => Negligible(m.PoolItems, 0.001), 0, 0);
        }

        yield return Micro(r, "bytes allocated per sleep", "switch-alloc-bytes", 0, 0, " B", static value => value < 0.1 ? 0 : value);
    }

    private static IEnumerable<Target> Micro(Results r)
    {
        yield return Micro(r, "SleepAsync(0), among 100 greenthreads", "switch", 100, 20, " ns");
        yield return Micro(r, "spawn + one await + finish", "spawn-switch-end", 300, 100, " ns");
        yield return Micro(r, "timer: add, of one million", "timer-add", 150, 80, " ns");
        yield return Micro(r, "timer: cancel, of one million", "timer-cancel", 400, 280, " ns");
        yield return Micro(r, "timer: fire, of one million", "timer-fire", 500, 350, " ns");
        yield return Micro(r, "idle greenthread on an event", "idle-event-bytes", 500, 128, " B");
        yield return Micro(r, "idle greenthread on a timer", "idle-timer-bytes", 600, 230, " B");
    }

    private static IEnumerable<Target> Idle(Results r)
    {
        foreach (string hub in s_fastHubs)
        {
            yield return Counted(r, $"idle {hub} hub: times its thread ran in 2 s", hub, static m => m.IdleRuns, 0, 0);
            yield return new Target($"{hub}: CPU with 10,000 idle connections vs none", 1.15, 1.05, r.Find("idle-10000", hub)?.RatioToPlain(static w => w.CpuUs))
            {
                WorkLoad = "idle-10000",
                Servers = [hub],
            };
        }
    }

    private static Target Cpu(Results r, string what, string work, string hub, string peer, double must, double aim) =>
        new(what, must, aim, r.Find(work, hub)?.Ratio(r.Find(work, peer), static w => w.CpuUs)) { WorkLoad = work, Servers = [hub, peer] };

    private static Target Rate(Results r, string what, string work, string hub, string peer, double must, double aim)
    {
        Measurement? mine = r.Find(work, hub), its = r.Find(work, peer);
        bool mineLimited = mine?.ClientIsLimit == true, itsLimited = its?.ClientIsLimit == true;
        // With the client at its limit with both, both would do more, in proportion to what a round trip costs them.
        Spread? value = mineLimited && itsLimited ? mine!.Ratio(its, static w => 1 / w.CpuUs) : mine?.Ratio(its, static w => w.PerSecond);
        string note = mineLimited && itsLimited ? "the client is the limit with both: round trips per second of CPU time"
            : mineLimited ? "the client is the limit with the hub"
            : itsLimited ? $"the client is the limit with {peer}"
            : "";
        return new Target(what, must, aim, value, AtLeast: true, Unit: " x", Note: note)
        {
            WorkLoad = work,
            Servers = [hub, peer],
            Bound = mineLimited == itsLimited ? Bound.Exact : mineLimited ? Bound.AtLeast : Bound.AtMost,
        };
    }

    /// <summary>A row that names no hub: one for each of both, and the better one counts.</summary>
    private static IEnumerable<Target> Best(string what, Func<string, string, Target> measure) =>
        BestOf(s_fastHubs.Select(hub => measure($"{what}: {hub}", hub) with { Group = what }));

    private static IEnumerable<Target> BestOf(IEnumerable<Target> hubs)
    {
        Target[] all = [.. hubs];
        Target best = all.MaxBy(static row => row.Value is not { } value ? double.NegativeInfinity : row.AtLeast ? value.Median : -value.Median)!;
        return all.Select(row => row with { IsOwed = row == best });
    }

    /// <summary>One row of several runs.</summary>
    private static Target Together(IReadOnlyList<Target> same) => same[0] with
    {
        Value = Spread.Of(same.Where(static row => row.Value is not null).Select(static row => row.Value!.Value.Median)),
        Bound = same.Select(static row => row.Bound).Distinct().Count() == 1 ? same[0].Bound : same.First(static row => row.Bound != Bound.Exact).Bound,
        IsOwed = true,
    };

    private static Target Counted(Results r, string what, string hub, Func<Measurement, double?> count, double must, double aim) =>
        new(what, must, aim, Exactly(r.Find(CountedWorkLoad, hub) is { } m ? count(m) : null));

    private static Target Micro(Results r, string what, string name, double must, double aim, string unit, Func<double, double>? clean = null)
    {
        double? value = r.MicroFigure(s_fastHubs[0], name);
        return new(what, must, aim, Exactly(value is { } found && clean is not null ? clean(found) : value), Unit: unit);
    }

    private static double? Negligible(double? value, double limit) => value < limit ? 0 : value;

    private static Spread? Exactly(double? value) => value is { } one ? new Spread(one, one, one, 1) : null;
}
