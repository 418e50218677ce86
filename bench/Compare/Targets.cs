namespace Eventlet.Bench;

/// <summary>The target table, out of what was measured.</summary>
public static class Targets
{
    private const string Best = "epoll";

    /// <summary>All rows; those without figures say so.</summary>
    public static IReadOnlyList<Target> Of(Results results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return [.. Echo(results), .. Counts(results), .. Micro(results), .. Idle(results)];
    }

    /// <summary>Prints it; returns whether every limit that is owed and was measured holds.</summary>
    public static bool Write(TextWriter to, Results results)
    {
        ArgumentNullException.ThrowIfNull(to);
        IReadOnlyList<Target> all = Of(results);
        Table.Write(to,
        [
            ["target", "must", "aim", "measured", "must held", "aim held", "note"],
            .. all.Select(static t => new[] { t.What, t.MustText, t.AimText, t.ValueText, t.MustHeld, t.AimHeld, t.Note }),
        ]);
        return all.All(static t => t.MustHeld is "yes" or "?");
    }

    private static IEnumerable<Target> Echo(Results r)
    {
        yield return Cpu(r, "epoll hub, echo n = 50: CPU vs C epoll", "echo-50", "epoll", "c-epoll", 1.15, 1.00);
        yield return Cpu(r, "epoll hub, echo n = 1,000: CPU vs C epoll", "echo-1000", "epoll", "c-epoll", 1.15, 1.00);
        yield return Cpu(r, "io_uring hub, echo n = 50: CPU vs C epoll", "echo-50", "io_uring", "c-epoll", 1.00, 0.85);
        yield return Cpu(r, "io_uring hub, echo n = 50: CPU vs C io_uring", "echo-50", "io_uring", "c-io_uring", 1.15, 1.00);
        yield return Rate(r, "round trips/s vs eventlet, n = 50", "echo-50", Best, "eventlet", 4, 6);
        yield return Rate(r, "round trips/s vs eventlet, n = 1,000", "echo-1000", Best, "eventlet", 4, 6);
        yield return Cpu(r, "CPU vs default .NET sockets, n = 50", "echo-50", Best, "dotnet", 0.50, 0.40);
        yield return Servers.Hubs
            .Select(hub => Rate(r, $"16 KiB x 50: bytes/s vs C epoll ({hub})", "echo-16k", hub, "c-epoll", 0.95, 1.15))
            .MaxBy(static t => t.Value?.Median ?? double.NegativeInfinity)!;
    }

    private static IEnumerable<Target> Counts(Results r)
    {
        yield return Counted(r, "system calls per round trip, n = 50: epoll", "epoll", static m => m.Calls, 2.2, 2.05);
        yield return Counted(r, "system calls per round trip, n = 50: io_uring", "io_uring", static m => m.Calls, 0.2, 0.1);
        yield return Counted(r, "epoll_ctl per round trip in steady state: epoll", "epoll", static m => m.SystemCalls?.GetValueOrDefault("epoll_ctl"), 0, 0);
        foreach (string hub in (string[])["epoll", "io_uring"])
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
        foreach (string hub in (string[])["epoll", "io_uring"])
        {
            yield return Counted(r, $"idle {hub} hub: times its thread ran in 2 s", hub, static m => m.IdleRuns, 0, 0);
            yield return new Target($"{hub}: CPU with 10,000 idle connections vs none", 1.15, 1.05, r.Find("idle-10000", hub)?.RatioToPlain(static w => w.CpuUs));
        }
    }

    private static Target Cpu(Results r, string what, string work, string hub, string peer, double must, double aim) =>
        new(what, must, aim, r.Find(work, hub)?.Ratio(r.Find(work, peer), static w => w.CpuUs));

    private static Target Rate(Results r, string what, string work, string hub, string peer, double must, double aim)
    {
        Measurement? mine = r.Find(work, hub), its = r.Find(work, peer);
        string note = its?.ClientIsLimit == true ? "not comparable: the client is the limit with both"
            : mine?.ClientIsLimit == true ? "at least: the client is the limit" : "";
        return new Target(what, must, aim, mine?.Ratio(its, static w => w.PerSecond), AtLeast: true, Unit: " x", Note: note);
    }

    private static Target Counted(Results r, string what, string hub, Func<Measurement, double?> count, double must, double aim) =>
        new(what, must, aim, Exactly(r.Find("echo-50", hub) is { } m ? count(m) : null));

    private static Target Micro(Results r, string what, string name, double must, double aim, string unit, Func<double, double>? clean = null)
    {
        double? value = r.MicroFigure(Best, name);
        return new(what, must, aim, Exactly(value is { } found && clean is not null ? clean(found) : value), Unit: unit);
    }

    private static double? Negligible(double? value, double limit) => value < limit ? 0 : value;

    private static Spread? Exactly(double? value) => value is { } one ? new Spread(one, one, one) : null;
}
