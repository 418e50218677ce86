namespace Eventlet.Timers;

/// <summary>A list of timer entries in order of insertion, linked through the entries themselves: a slot of a <see cref="TimerWheel"/>.</summary>
internal struct TimerSlot
{
    /// <summary>How many pending runs <see cref="Sort"/> needs room for: run k holds 2^k runs of the list.</summary>
    internal const int SortRuns = 32;

    internal TimerEntry? Head;
    internal TimerEntry? Tail;

    /// <summary>A lower bound of the deadlines in it; means nothing while it is empty.</summary>
    internal long Minimum;

    /// <summary>False: the entries are known to stand in order of deadline.</summary>
    internal bool Unsorted;

    /// <summary>Appends a chain whose last entry has no successor.</summary>
    internal void Append(TimerEntry first, TimerEntry last)
    {
        first.TimerPrevious = Tail;
        if (Tail is null)
        {
            Head = first;
        }
        else
        {
            Tail.TimerNext = first;
        }

        Tail = last;
    }

    /// <summary>Takes an entry of this list out.</summary>
    internal void Unlink(TimerEntry entry)
    {
        TimerEntry? previous = entry.TimerPrevious, next = entry.TimerNext;
        if (previous is null)
        {
            Head = next;
        }
        else
        {
            previous.TimerNext = next;
            entry.TimerPrevious = null;
        }

        if (next is null)
        {
            Tail = previous;
        }
        else
        {
            next.TimerPrevious = previous;
            entry.TimerNext = null;
        }

        entry.TimerPlace = -1;
    }

    /// <summary>Sorts by deadline, equal ones staying in their order: a bottom-up merge sort of the ascending runs that are there.</summary>
    /// <param name="runs">Scratch space of <see cref="SortRuns"/> nulls, left as it was.</param>
    internal void Sort(TimerEntry?[] runs)
    {
        int used = 0;
        for (TimerEntry? rest = Head; rest is not null;)
        {
            TimerEntry? run = CutRun(ref rest);
            int k = 0;
            for (; runs[k] is { } earlier; k++)
            {
                run = Merge(earlier, run);
                runs[k] = null;
            }

            runs[k] = run;
            used = Math.Max(used, k + 1);
        }

        TimerEntry? sorted = null;
        for (int k = 0; k < used; k++)
        {
            sorted = Merge(runs[k], sorted);
            runs[k] = null;
        }

        Head = sorted;
        TimerEntry? previous = null;
        for (TimerEntry? entry = sorted; entry is not null; entry = entry.TimerNext)
        {
            entry.TimerPrevious = previous;
            previous = entry;
        }

        Tail = previous;
        Unsorted = false;
    }

    private static TimerEntry CutRun(ref TimerEntry? rest)
    {
        TimerEntry first = rest!, last = first;
        while (last.TimerNext is { } next && next.Deadline >= last.Deadline)
        {
            last = next;
        }

        rest = last.TimerNext;
        last.TimerNext = null;
        return first;
    }

    // Of equal deadlines the one in `earlier` goes first. Links forward only.
    private static TimerEntry? Merge(TimerEntry? earlier, TimerEntry? later)
    {
        if (earlier is null || later is null)
        {
            return earlier ?? later;
        }

        TimerEntry head, tail;
        if (later.Deadline < earlier.Deadline)
        {
            head = tail = later;
            later = later.TimerNext;
        }
        else
        {
            head = tail = earlier;
            earlier = earlier.TimerNext;
        }

        while (earlier is not null && later is not null)
        {
            if (later.Deadline < earlier.Deadline)
            {
                tail.TimerNext = later;
                tail = later;
                later = later.TimerNext;
            }
            else
            {
                tail.TimerNext = earlier;
                tail = earlier;
                earlier = earlier.TimerNext;
            }
        }

        tail.TimerNext = earlier ?? later;
        return head;
    }
}
