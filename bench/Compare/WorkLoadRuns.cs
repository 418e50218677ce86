namespace Eventlet.Bench;

/// <summary>The work loads of one command, one after the other, and what is measured again.</summary>
internal sealed class WorkLoadRuns(Settings settings, IReadOnlyList<Server> servers, string? file)
{
    /// <summary>Of the eight minutes from the command to the end of --quick, what is left for its last table.</summary>
    private static readonly TimeSpan QuickLimit = TimeSpan.FromMinutes(8) - TimeSpan.FromSeconds(8);

    private readonly Deadline _quickEnd = Deadline.AfterStart(QuickLimit);

    /// <summary>Whether only servers take part whose figures are in the target table, and all ends within eight minutes.</summary>
    internal bool IsQuick { get; init; }

    /// <summary>Whether rounds are added to those that the file has.</summary>
    internal bool Appends { get; init; }

    internal Results Measure(Results results, IReadOnlyList<WorkLoad> works)
    {
        foreach (WorkLoad work in works)
        {
            results = With(results, work, settings, TakePart(work), Appends);
            TextReport.Write(Console.Out, results, work);
        }

        return IsQuick ? Complete(results, works) : results;
    }

    private Server[] TakePart(WorkLoad work)
    {
        IReadOnlySet<string> needed = Targets.ServersOf(work);
        return [.. servers.Where(s => !IsQuick || needed.Contains(s.Name))];
    }

    private Results With(Results results, WorkLoad work, Settings how, IReadOnlyList<Server> who, bool append)
    {
        // What is not in the target table is counted once, under the first work load.
        Settings exact = how with { Count = how.Count && (!IsQuick || work.Name == Targets.CountedWorkLoad) };
        results = results.With(new Session(work, exact).Run(who), append);
        if (file is not null)
        {
            results.Write(file);
        }

        return results;
    }

    /// <summary>
    /// More rounds for the rows in which disturbed windows left fewer than there should be, those with the fewest first, while there is time. Which rows
    /// that are depends on how many windows count and never on what they show.
    /// </summary>
    private Results Complete(Results results, IReadOnlyList<WorkLoad> works)
    {
        while (true)
        {
            Target[] lacking = [.. Targets.Of(results).Where(row => works.Any(w => w.Name == row.WorkLoad) && Rounds(row) < settings.Rounds).OrderBy(Rounds)];
            if (lacking.Length == 0)
            {
                return results;
            }

            WorkLoad work = works.First(w => w.Name == lacking[0].WorkLoad);
            Target[] rows = [.. lacking.Where(row => row.WorkLoad == work.Name)];
            Server[] who = [.. servers.Where(s => rows.Any(row => row.Servers.Contains(s.Name)))];
            TimeSpan start = who.Length * TimeSpan.FromSeconds(settings.Settle + 1.5);
            TimeSpan round = who.Length * TimeSpan.FromSeconds((settings.Seconds + 1) * (work.Plain is null ? 1 : 3));
            int rounds = (int)Math.Min(settings.Rounds - Rounds(rows[0]), (_quickEnd.Left - start) / round);
            if (rounds < 1 || who.Length == 0)
            {
                return results;
            }

            Settings again = settings with { Rounds = rounds, Count = false, Limit = _quickEnd.Left - start - round };
            results = With(results, work, again, who, append: true);
            TextReport.Write(Console.Out, results, work);
        }
    }

    private static int Rounds(Target row) => row.Value?.Count ?? 0;
}
