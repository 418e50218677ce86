namespace Eventlet.Timers;

/// <summary>A list of timers in order of insertion, linked through their nodes: a slot of a <see cref="TimerWheel"/>.</summary>
internal struct TimerSlot
{
    /// <summary>How many pending runs <see cref="Sort"/> needs room for: run k holds 2^k runs of the list.</summary>
    internal const int SortRuns = 32;

    /// <summary>Its first and last node; 0 when it is empty.</summary>
    internal int Head;
    internal int Tail;

    /// <summary>A lower bound of the deadlines in it; means nothing while it is empty.</summary>
    internal long Minimum;

    /// <summary>False: the timers are known to stand in order of deadline.</summary>
    internal bool Unsorted;

    /// <summary>The three that were appended last, the last one first, unless they have gone.</summary>
    private int _last, _beforeLast, _thirdLast;

    /// <summary>
    /// Notes one that is being appended in the one three places before. Who walks the list can fetch it in time: with very many timers each step
    /// of the chain is a miss of cache and TLB, and the next one's place would be known only after it.
    /// </summary>
    internal void NoteAppended(TimerNodes nodes, int index)
    {
        if (_thirdLast != 0)
        {
            nodes[_thirdLast].Ahead = index;
        }

        _thirdLast = _beforeLast;
        _beforeLast = _last;
        _last = index;
    }


    /// <summary>Appends a chain whose last node has no successor.</summary>
    internal void Append(TimerNodes nodes, int first, int last)
    {
        nodes[first].Previous = Tail;
        if (Tail == 0)
        {
            Head = first;
        }
        else
        {
            nodes[Tail].Next = first;
        }

        Tail = last;
    }

    /// <summary>Takes a node of this list out; its own links stay as they are.</summary>
    internal void Unlink(TimerNodes nodes, ref TimerNode node)
    {
        int previous = node.Previous, next = node.Next;
        if (previous == 0)
        {
            Head = next;
        }
        else
        {
            nodes[previous].Next = next;
        }

        if (next == 0)
        {
            Tail = previous;
        }
        else
        {
            nodes[next].Previous = previous;
        }

        if (Head == 0)
        {
            _last = _beforeLast = _thirdLast = 0;
        }
    }

    /// <summary>Sorts by deadline, equal ones staying in their order: a bottom-up merge sort of the ascending runs that are there.</summary>
    /// <param name="nodes">The nodes of the wheel.</param>
    /// <param name="runs">Scratch space of <see cref="SortRuns"/> zeros, left as it was.</param>
    internal void Sort(TimerNodes nodes, int[] runs)
    {
        int used = 0;
        for (int rest = Head; rest != 0;)
        {
            int run = CutRun(nodes, ref rest);
            int k = 0;
            for (; runs[k] != 0; k++)
            {
                run = Merge(nodes, runs[k], run);
                runs[k] = 0;
            }

            runs[k] = run;
            used = Math.Max(used, k + 1);
        }

        int sorted = 0;
        for (int k = 0; k < used; k++)
        {
            sorted = Merge(nodes, runs[k], sorted);
            runs[k] = 0;
        }

        Head = sorted;
        int previous = 0;
        for (int index = sorted; index != 0; index = nodes[index].Next)
        {
            nodes[index].Previous = previous;
            previous = index;
        }

        Tail = previous;
        Unsorted = false;
    }

    private static int CutRun(TimerNodes nodes, ref int rest)
    {
        int first = rest;
        ref TimerNode last = ref nodes[first];
        while (last.Next != 0)
        {
            ref TimerNode next = ref nodes[last.Next];
            if (next.Deadline < last.Deadline)
            {
                break;
            }

            last = ref next;
        }

        rest = last.Next;
        last.Next = 0;
        return first;
    }

    // Of equal deadlines the one in `earlier` goes first. Links forward only.
    private static int Merge(TimerNodes nodes, int earlier, int later)
    {
        int head = 0;
        ref int link = ref head;
        while (earlier != 0 && later != 0)
        {
            ref TimerNode one = ref nodes[earlier], other = ref nodes[later];
            if (other.Deadline < one.Deadline)
            {
                link = later;
                link = ref other.Next;
                later = link;
            }
            else
            {
                link = earlier;
                link = ref one.Next;
                earlier = link;
            }
        }

        link = earlier != 0 ? earlier : later;
        return head;
    }
}
