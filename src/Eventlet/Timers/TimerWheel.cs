using System.Diagnostics;
using System.Numerics;

namespace Eventlet.Timers;

/// <summary>
/// The pending timers of one hub. Hub thread only; nothing is allocated once the levels in use exist and there are as many nodes as timers were
/// pending at once. Times are nanoseconds of the hub's clock, which may start anywhere.
/// </summary>
/// <remarks>
/// <para>A hierarchical timing wheel (Varghese and Lauck, 1987): time is cut into ticks of 2^17 ns, a tick number into eight
/// digits of six bits. An entry stands at the level of the highest digit in which its tick differs from the wheel's own tick,
/// in the slot which that digit names; one that is due already stands in the current slot of level 0.</para>
/// <para>Invariant: no occupied slot other than the current one of level 0 begins at or before the wheel's tick, because every
/// advance cascades each slot that it enters. Hence (a) every entry of a level comes before every entry of the levels above, and
/// the first bit of an occupancy bitmap is its level's first slot; (b) equal ticks always stand in the same slot, in the order
/// of Add: a slot is appended to, and cascades in order into levels that are empty by then.</para>
/// <para>A slot keeps a lower bound of its deadlines. It is exact except after the entry that was the minimum was removed while
/// others stay. A pass that comes too early on such a bound enters that slot, since the bound is a deadline that lay in it, and
/// leaves it with an exact bound (level 0) or distributes it into slots with exact bounds. So an early pass is always paid for
/// by a removal since the last one, and never repeats itself.</para>
/// </remarks>
internal sealed class TimerWheel
{
    private const int TickBits = 17;
    private const int DigitBits = 6;
    private const int SlotsPerLevel = 1 << DigitBits;
    private const int Levels = 8;

    /// <summary>The place of entries that an advance has found due and nobody has taken yet.</summary>
    private const int DuePlace = Levels * SlotsPerLevel;

    private readonly TimerSlot[]?[] _slots = new TimerSlot[Levels][];
    private readonly ulong[] _occupied = new ulong[Levels];
    private readonly int[] _runs = new int[TimerSlot.SortRuns];
    private readonly TimerNodes _nodes = new();
    private uint _occupiedLevels;
    private ulong _tick;
    private long _next = long.MaxValue;
    private TimerSlot _due;

    /// <summary>An empty wheel.</summary>
    /// <param name="start">The clock's present time in nanoseconds.</param>
    internal TimerWheel(long start) => _tick = TickOf(start);

    /// <summary>How many entries stand in it, those included that are due and not taken yet.</summary>
    internal int Count => _nodes.Count;

    /// <summary>A lower bound of the next deadline, exact unless the entry that had it was removed; long.MaxValue when empty.</summary>
    internal long NextDeadline => _due.Head != 0 ? _nodes[_due.Head].Deadline : _next;

    /// <summary>Arms an entry for its deadline; one in the past is due at the next <see cref="Advance"/>.</summary>
    /// <param name="entry">An entry that stands in no wheel.</param>
    /// <param name="deadline">When it is due, in nanoseconds of the hub's clock.</param>
    internal void Add(HubItem entry, long deadline)
    {
        Debug.Assert(!entry.IsArmed, "a timer entry is armed twice");
        int index = _nodes.Rent();
        entry.TimerIndex = index;
        ref TimerNode node = ref _nodes[index];
        node.Entry = entry;
        node.Deadline = deadline;
        Place(index, ref node);
        if (deadline < _next)
        {
            _next = deadline;
        }
    }

    /// <summary>Takes an entry out, also one that is due and not taken yet. False if it stands in no wheel.</summary>
    /// <param name="entry">An entry of this wheel, or of none.</param>
    internal bool Remove(HubItem entry)
    {
        int index = entry.TimerIndex;
        if (index == 0)
        {
            return false;
        }

        ref TimerNode node = ref _nodes[index];
        if (node.Place == DuePlace)
        {
            _due.Unlink(_nodes, ref node);
        }
        else
        {
            RemoveFromSlot(ref node);
        }

        Free(index, entry);
        return true;
    }

    /// <summary>When an entry that stands in it is due.</summary>
    internal long DeadlineOf(HubItem entry) => _nodes[entry.TimerIndex].Deadline;

    /// <summary>All entries, those included that are due and not taken yet, in no particular order.</summary>
    internal List<HubItem> ToList()
    {
        var entries = new List<HubItem>(Count);
        AddTo(entries, _due);
        foreach (TimerSlot[]? level in _slots)
        {
            foreach (TimerSlot slot in level ?? [])
            {
                AddTo(entries, slot);
            }
        }

        return entries;
    }

    /// <summary>
    /// Begins a pass: sets everything apart whose deadline is not after <paramref name="now"/>, for <see cref="TakeDue"/>.
    /// What is added later waits for the next pass, however early its deadline.
    /// </summary>
    /// <returns>Whether anything is due.</returns>
    internal bool Advance(long now)
    {
        if (now >= _next)
        {
            ulong target = Math.Max(TickOf(now), _tick);
            while (_occupiedLevels != 0)
            {
                int level = BitOperations.TrailingZeroCount(_occupiedLevels);
                int index = BitOperations.TrailingZeroCount(_occupied[level]);
                ulong start = StartOf(level, index);
                if (start > target)
                {
                    break;
                }

                _tick = start;
                if (level > 0)
                {
                    Cascade(level, index);
                }
                else if (!Collect(index, now))
                {
                    break;
                }
            }

            _tick = target;
            _next = FirstBound();
        }

        return _due.Head != 0;
    }

    /// <summary>
    /// Hands out what the last pass found due, one at a time, in order of deadline, equal ones in order of <see cref="Add"/>;
    /// null when there is no more. Between two calls any entry may be added or removed.
    /// </summary>
    internal HubItem? TakeDue()
    {
        int index = _due.Head;
        if (index == 0)
        {
            return null;
        }

        ref TimerNode node = ref _nodes[index];
        _nodes.FetchAfter(node);
        HubItem entry = node.Entry!;
        _due.Unlink(_nodes, ref node);
        Free(index, entry);
        return entry;
    }

    /// <summary>Takes every entry out; none of them fires.</summary>
    internal void Clear()
    {
        // A wheel that is cleared ends with its hub; only then are all places looked at.
        foreach (HubItem entry in ToList())
        {
            Remove(entry);
        }
    }

    // Flipping the sign bit keeps the order of the clock in unsigned numbers: 47 bits of ticks, within eight digits.
    private static ulong TickOf(long time) => ((ulong)time ^ (1UL << 63)) >> TickBits;

    private ulong StartOf(int level, int index)
    {
        int shift = level * DigitBits;
        return (_tick >> shift & ~(ulong)(SlotsPerLevel - 1) | (uint)index) << shift;
    }

    private long FirstBound()
    {
        if (_occupiedLevels == 0)
        {
            return long.MaxValue;
        }

        int level = BitOperations.TrailingZeroCount(_occupiedLevels);
        return _slots[level]![BitOperations.TrailingZeroCount(_occupied[level])].Minimum;
    }

    private void Place(int number, ref TimerNode node)
    {
        long deadline = node.Deadline;
        ulong tick = Math.Max(TickOf(deadline), _tick);
        int level = (int)((uint)BitOperations.Log2(tick ^ _tick | 1) / DigitBits);
        int index = (int)(tick >> (level * DigitBits)) & (SlotsPerLevel - 1);
        TimerSlot[] slots = _slots[level] ??= new TimerSlot[SlotsPerLevel];
        ref TimerSlot slot = ref slots[index];
        node.Place = level << DigitBits | index;
        slot.NoteAppended(_nodes, number);
        int tail = slot.Tail;
        slot.Tail = number;
        node.Previous = tail;
        if (tail == 0)
        {
            slot.Head = number;
            slot.Minimum = deadline;
            _occupied[level] |= 1UL << index;
            _occupiedLevels |= 1u << level;
            return;
        }

        ref TimerNode last = ref _nodes[tail];
        last.Next = number;
        if (deadline < last.Deadline)
        {
            slot.Unsorted = true;
            slot.Minimum = Math.Min(slot.Minimum, deadline);
        }
    }

    private void RemoveFromSlot(ref TimerNode node)
    {
        int level = node.Place >> DigitBits, index = node.Place & (SlotsPerLevel - 1);
        ref TimerSlot slot = ref _slots[level]![index];
        slot.Unlink(_nodes, ref node);
        if (slot.Head == 0)
        {
            slot.Unsorted = false;
            Vacate(level, index);
            if (slot.Minimum == _next)
            {
                _next = FirstBound();
            }
        }
    }

    private void Free(int index, HubItem entry)
    {
        entry.TimerIndex = 0;
        _nodes.Return(index);
    }

    private void AddTo(List<HubItem> entries, TimerSlot slot)
    {
        for (int index = slot.Head; index != 0; index = _nodes[index].Next)
        {
            entries.Add(_nodes[index].Entry!);
        }
    }

    private void Cascade(int level, int index)
    {
        ref TimerSlot slot = ref _slots[level]![index];
        int number = slot.Head;
        slot = default;
        Vacate(level, index);
        while (number != 0)
        {
            ref TimerNode node = ref _nodes[number];
            int next = node.Next;
            _nodes.Fetch(node.Ahead);
            node.Next = 0;
            Place(number, ref node);
            number = next;
        }
    }

    // Moves the due timers of a slot of level 0 to the due list; false if others stay. The slot is sorted once, not filtered
    // at each visit: within one tick a busy hub comes by a hundred times.
    private bool Collect(int index, long now)
    {
        ref TimerSlot slot = ref _slots[0]![index];
        if (slot.Unsorted)
        {
            slot.Sort(_nodes, _runs);
        }

        int first = slot.Head, last = 0, rest = first;
        while (rest != 0)
        {
            ref TimerNode node = ref _nodes[rest];
            if (node.Deadline > now)
            {
                break;
            }

            node.Place = DuePlace;
            _due.NoteAppended(_nodes, rest);
            last = rest;
            rest = node.Next;
        }

        if (last != 0)
        {
            _nodes[last].Next = 0;
            _due.Append(_nodes, first, last);
        }

        if (rest == 0)
        {
            slot = default;
            Vacate(0, index);
            return true;
        }

        ref TimerNode stays = ref _nodes[rest];
        stays.Previous = 0;
        slot.Head = rest;
        slot.Minimum = stays.Deadline;
        return false;
    }

    private void Vacate(int level, int index)
    {
        if ((_occupied[level] &= ~(1UL << index)) == 0)
        {
            _occupiedLevels &= ~(1u << level);
        }
    }
}
