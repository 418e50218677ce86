using System.CommandLine;

namespace Eventlet.Bench;

/// <summary>The command line, and the run that it asks for.</summary>
internal static class CompareCommand
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "only what the target table needs, and that table at the end, within 8 minutes" };
    private static readonly Option<string?> Only = new("--only") { Description = "only these servers, comma-separated; c-epoll always takes part", HelpName = "LIST" };
    private static readonly Option<string[]> Extra = new("--server") { Description = "one more server, or another command for a known name; repeatable. {mode} in it stands for echo, broadcast or udp", HelpName = "NAME=COMMAND" };
    private static readonly Option<string?> Work = new("--work") { Description = "only these work loads, comma-separated", HelpName = "LIST" };
    private static readonly Option<string?> Json = new("--json") { Description = "all figures and every window; a run adds to what the file has", HelpName = "FILE" };
    private static readonly Option<int?> Rounds = new("--rounds") { Description = "interleaved rounds (5)" };
    private static readonly Option<double?> Seconds = new("--seconds") { Description = "measured window of each server in each round (2; quick: 1.5)" };
    private static readonly Option<double> Settle = new("--settle") { Description = "seconds of load on each server before the first round", DefaultValueFactory = static _ => 4 };
    private static readonly Option<bool> NoCount = new("--no-count") { Description = "do not count system calls and allocations" };
    private static readonly Option<string?> Scale = new("--scaling") { Description = $"the points of these plots instead: {string.Join(", ", Scaling.Plots)}", HelpName = "LIST" };
    private static readonly Option<bool> Micro = new("--micro") { Description = "the small things instead: switches, timers, queues" };
    private static readonly Option<double> Foreign = new("--foreign") { Description = "discard a window in which others used more percent of a core", DefaultValueFactory = static _ => 10 };

    private static readonly Option<double> Limit = new("--limit") { Description = "seconds for the rounds of one work load: none begins later", DefaultValueFactory = static _ => 150 };
    private static readonly Option<bool> Append = new("--append") { Description = "add the rounds to those that the file has, instead of replacing them" };
    private static readonly Option<bool> NoBuild = new("--no-build") { Description = "build only what is not there" };
    private static readonly Option<bool> NoInstall = new("--no-install") { Description = "leave out peers whose Debian packages are missing" };

    internal static RootCommand Create()
    {
        var command = new RootCommand("Compares servers on our hubs with their peers. bench/README.md says what each figure means.")
        {
            Quick, Only, Extra, Work, Json, Rounds, Seconds, Settle, Micro, Scale, NoCount, Foreign, Limit, Append, NoBuild, NoInstall,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult call)
    {
        bool quick = call.GetValue(Quick);
        WorkLoad[] works = Choose(WorkLoad.All, static w => w.Name, call.GetValue(Work), quick ? WorkLoad.Quick : null, "work load");
        Server[] servers = Choose(All(call.GetValue(Extra) ?? []), static s => s.Name, call.GetValue(Only), quick ? Servers.Quick : null, "server", Servers.Reference);
        var settings = new Settings(
            call.GetValue(Rounds) ?? 5,
            call.GetValue(Seconds) ?? (quick ? 1.5 : 2),
            call.GetValue(Settle),
            new Disturbance(call.GetValue(Foreign)),
            Count: !call.GetValue(NoCount),
            TimeSpan.FromSeconds(call.GetValue(Limit)));

        string? file = call.GetValue(Json);
        Results results = Results.Read(file) with { Machine = Machine.Here() };
        Console.WriteLine(results.Machine);
        Build.KeepsWhatIsThere = call.GetValue(NoBuild);
        bool small = call.GetValue(Micro);
        string[] plots = call.GetValue(Scale)?.Split(',') ?? [];
        IReadOnlyList<Server> able = small && plots.Length == 0 ? DebianPackages.Provide(servers, !call.GetValue(NoInstall)) : Prepare(ref results, servers, call);
        foreach (string plot in plots)
        {
            results = results.WithScaling(plot, Scaling.Measure(plot, able));
            Save(results, file);
        }

        if (quick || small)
        {
            results = RunMicro(results, quick, able, file);
        }

        if (!small && plots.Length == 0)
        {
            var run = new WorkLoadRuns(settings, able, file) { IsQuick = quick, Appends = call.GetValue(Append) };
            results = run.Measure(results, works);
        }

        return Conclude(results, quick);
    }

    private static IReadOnlyList<Server> Prepare(ref Results results, IReadOnlyList<Server> servers, ParseResult call)
    {
        Build.C("load", "load");
        IReadOnlyList<Server> able = Prepared.Of(servers, install: !call.GetValue(NoInstall), out IReadOnlyDictionary<string, string> versions);
        results = results with { Versions = results.Versions.Concat(versions).GroupBy(static v => v.Key).ToDictionary(static g => g.Key, static g => g.Last().Value) };
        return able;
    }

    /// <summary>What small things cost, and the target table; the exit code.</summary>
    private static int Conclude(Results results, bool quick)
    {
        MicroRun.Write(Console.Out, results);
        bool held = Targets.Write(Console.Out, results) || !quick;
        if (!held)
        {
            Console.WriteLine("\nnot every limit that is owed was held");
        }

        return !held ? 3 : results.Measurements.Any(static m => m.Failure is not null) ? 1 : 0;
    }

    /// <summary>All there are, with those of the command line.</summary>
    private static List<Server> All(string[] extra)
    {
        var all = Servers.All.ToList();
        foreach (string[] parts in extra.Select(static text => text.Split('=', 2)))
        {
            if (parts is not [{ Length: > 0 } name, { Length: > 0 } command])
            {
                throw new BenchException($"--server takes NAME=COMMAND, not '{string.Join('=', parts)}'");
            }

            all.RemoveAll(s => s.Name == name);
            all.Add(new Server(name, command.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        }

        return all;
    }

    private static Results RunMicro(Results results, bool quick, IReadOnlyList<Server> servers, string? file)
    {
        foreach (Server server in servers.Where(s => quick ? s.Name == "epoll" : s.Name is "dotnet" or "eventlet" or "gevent" || Servers.Hubs.Contains(s.Name)))
        {
            Console.Error.WriteLine($"small things: {server.Name}");
            results = results.WithMicro(server.Name is "eventlet" or "gevent" ? MicroRun.Twin(server) : MicroRun.Of(server.Name));
            Save(results, file);
        }

        return results;
    }

    private static void Save(Results results, string? file)
    {
        if (file is not null)
        {
            results.Write(file);
        }
    }

    /// <summary>The named ones; without names those of <paramref name="usual"/>, without that all.</summary>
    private static T[] Choose<T>(IReadOnlyList<T> all, Func<T, string> name, string? list, IReadOnlyList<string>? usual, string what, string? always = null)
    {
        IReadOnlyList<string>? wanted = list?.Split(',') ?? usual;
        if (list is not null && wanted!.FirstOrDefault(w => all.All(one => name(one) != w)) is { } unknown)
        {
            throw new BenchException($"there is no {what} '{unknown}', but: {string.Join(", ", all.Select(name))}");
        }

        return [.. all.Where(one => wanted is null || name(one) == always || wanted.Contains(name(one)))];
    }
}
