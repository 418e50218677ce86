using System.Diagnostics;
using System.Numerics;

namespace Eventlet.Timers;

/// <summary>
/// The pending timers of one hub. Hub thread only; the entries are their own list nodes, so nothing is allocated once the
/// levels in use exist. Times are nanoseconds of the hub's clock, which may start anywhere.
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
    private readonly TimerEntry?[] _runs = new TimerEntry?[TimerSlot.SortRuns];
    private uint _occupiedLevels;
    private ulong _tick;
    private long _next = long.MaxValue;
    private TimerSlot _due;

    /// <summary>An empty wheel.</summary>
    /// <param name="start">The clock's present time in nanoseconds.</param>
    internal TimerWheel(long start) => _tick = TickOf(start);

    /// <summary>How many entries stand in it, those included that are due and not taken yet.</summary>
    internal int Count { get; private set; }

    /// <summary>A lower bound of the next deadline, exact unless the entry that had it was removed; long.MaxValue when empty.</summary>
    internal long NextDeadline => _due.Head is { } due ? due.Deadline : _next;

    /// <summary>Arms an entry for its deadline; one in the past is due at the next <see cref="Advance"/>.</summary>
    /// <param name="entry">An entry that stands in no wheel.</param>
    internal void Add(TimerEntry entry)
    {
        Debug.Assert(!entry.IsArmed, "a timer entry is armed twice");
        Count++;
        Place(entry);
        if (entry.Deadline < _next)
        {
            _next = entry.Deadline;
        }
    }

    /// <summary>Takes an entry out, also one that is due and not taken yet. False if it stands in no wheel.</summary>
    /// <param name="entry">An entry of this wheel, or of none.</param>
    internal bool Remove(TimerEntry entry)
    {
        int place = entry.TimerPlace;
        if (place < 0)
        {
            return false;
        }

        Count--;
        if (place == DuePlace)
        {
            _due.Unlink(entry);
            return true;
        }

        int level = place >> DigitBits, index = place & (SlotsPerLevel - 1);
        ref TimerSlot slot = ref _slots[level]![index];
        slot.Unlink(entry);
        if (slot.Head is null)
        {
            slot.Unsorted = false;
            Vacate(level, index);
            if (slot.Minimum == _next)
            {
                _next = FirstBound();
            }
        }

        return true;
    }

    /// <summary>All entries, those included that are due and not taken yet, in no particular order.</summary>
    internal List<TimerEntry> ToList()
    {
        var entries = new List<TimerEntry>(Count);
        for (TimerEntry? entry = _due.Head; entry is not null; entry = entry.TimerNext)
        {
            entries.Add(entry);
        }

        foreach (TimerSlot[]? level in _slots)
        {
            foreach (TimerSlot slot in level ?? [])
            {
                for (TimerEntry? entry = slot.Head; entry is not null; entry = entry.TimerNext)
                {
                    entries.Add(entry);
                }
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

        return _due.Head is not null;
    }

    /// <summary>
    /// Hands out what the last pass found due, one at a time, in order of deadline, equal ones in order of <see cref="Add"/>;
    /// null when there is no more. Between two calls any entry may be added or removed.
    /// </summary>
    internal TimerEntry? TakeDue()
    {
        TimerEntry? entry = _due.Head;
        if (entry is not null)
        {
            Count--;
            _due.Unlink(entry);
        }

        return entry;
    }

    /// <summary>Takes every entry out; none of them fires.</summary>
    internal void Clear()
    {
        while (_due.Head is { } due)
        {
            _due.Unlink(due);
        }

        while (_occupiedLevels != 0)
        {
            int level = BitOperations.TrailingZeroCount(_occupiedLevels);
            int index = BitOperations.TrailingZeroCount(_occupied[level]);
            ref TimerSlot slot = ref _slots[level]![index];
            while (slot.Head is { } entry)
            {
                slot.Unlink(entry);
            }

            slot.Unsorted = false;
            Vacate(level, index);
        }

        Count = 0;
        _next = long.MaxValue;
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

    private void Place(TimerEntry entry)
    {
        long deadline = entry.Deadline;
        ulong tick = Math.Max(TickOf(deadline), _tick);
        int level = (int)((uint)BitOperations.Log2(tick ^ _tick | 1) / DigitBits);
        int index = (int)(tick >> (level * DigitBits)) & (SlotsPerLevel - 1);
        TimerSlot[] slots = _slots[level] ??= new TimerSlot[SlotsPerLevel];
        ref TimerSlot slot = ref slots[index];
        entry.TimerPlace = level << DigitBits | index;
        TimerEntry? tail = slot.Tail;
        slot.Tail = entry;
        entry.TimerPrevious = tail;
        if (tail is null)
        {
            slot.Head = entry;
            slot.Minimum = deadline;
            _occupied[level] |= 1UL << index;
            _occupiedLevels |= 1u << level;
            return;
        }

        tail.TimerNext = entry;
        if (deadline < tail.Deadline)
        {
            slot.Unsorted = true;
            slot.Minimum = Math.Min(slot.Minimum, deadline);
        }
    }

    private void Cascade(int level, int index)
    {
        ref TimerSlot slot = ref _slots[level]![index];
        TimerEntry? entry = slot.Head;
        slot = default;
        Vacate(level, index);
        while (entry is not null)
        {
            TimerEntry? next = entry.TimerNext;
            entry.TimerNext = null;
            Place(entry);
            entry = next;
        }
    }

    // Moves the due entries of a slot of level 0 to the due list; false if others stay. The slot is sorted once, not filtered
    // at each visit: within one tick a busy hub comes by a hundred times.
    private bool Collect(int index, long now)
    {
        ref TimerSlot slot = ref _slots[0]![index];
        if (slot.Unsorted)
        {
            slot.Sort(_runs);
        }

        TimerEntry? first = slot.Head, last = null, rest = first;
        while (rest is not null && rest.Deadline <= now)
        {
            rest.TimerPlace = DuePlace;
            last = rest;
            rest = rest.TimerNext;
        }

        if (last is not null)
        {
            last.TimerNext = null;
            _due.Append(first!, last);
        }

        if (rest is null)
        {
            slot = default;
            Vacate(0, index);
            return true;
        }

        rest.TimerPrevious = null;
        slot.Head = rest;
        slot.Minimum = rest.Deadline;
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
