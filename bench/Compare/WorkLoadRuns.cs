namespace Eventlet.Bench;

/// <summary>The work loads of one command, one after the other, and what is measured again.</summary>
internal sealed class WorkLoadRuns(Settings settings, IReadOnlyList<Server> servers, string? file)
{
    /// <summary>Of the eight minutes from the command to the end of --quick, what is left for its last table.</summary>
    private static readonly TimeSpan s_quickLimit = TimeSpan.FromMinutes(8) - TimeSpan.FromSeconds(8);

    private static readonly TimeSpan s_countingOfOne = TimeSpan.FromSeconds(4);

    private readonly Deadline _quickEnd = Deadline.AfterStart(s_quickLimit);

    /// <summary>Whether only servers take part whose figures are in the target table, and all ends within eight minutes.</summary>
    internal bool IsQuick { get; init; }

    /// <summary>Whether rounds are added to those that the file has.</summary>
    internal bool Appends { get; init; }

    /// <summary>What it takes to start one server, its settling included.</summary>
    private TimeSpan StartOf => TimeSpan.FromSeconds(settings.Settle + 1.5);

    internal Results Measure(Results results, IReadOnlyList<WorkLoad> works)
    {
        for (int i = 0; i < works.Count; i++)
        {
            Server[] who = TakePart(works[i]);
            results = With(results, works[i], settings with { Limit = LimitOf(who, works.Count - i - 1) }, who, Appends);
            TextReport.Write(Console.Out, results, works[i]);
        }

        return IsQuick ? Complete(results, works) : results;
    }

    /// <summary>For the rounds of a work load: what is left of the eight minutes, without what its servers need to start and to be counted, and without a minute for each work load to come.</summary>
    private TimeSpan LimitOf(Server[] who, int toCome)
    {
        TimeSpan left = _quickEnd.Left - (toCome * TimeSpan.FromMinutes(1)) - (who.Length * (StartOf + s_countingOfOne));
        return IsQuick && left < settings.Limit ? left : settings.Limit;
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
            TimeSpan start = who.Length * StartOf;
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
