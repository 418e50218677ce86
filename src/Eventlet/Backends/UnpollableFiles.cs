using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Eventlet.Backends;

/// <summary>
/// Descriptors that the kernel's queue does not take because their file has no poll method: regular files, directories, /dev/null. POSIX has
/// them always ready. An edge-triggered backend says so once after each Register and Modify, a level-triggered one at each Wait.
/// </summary>
internal sealed class UnpollableFiles(Trigger trigger)
{
    private readonly Dictionary<int, Entry> _entries = [];
    private readonly Queue<(int Fd, long Arming)> _due = [];
    private long _armings;

    /// <summary>Whether <see cref="Take"/> might find something.</summary>
    internal bool MayBeDue => _due.Count > 0;

    internal bool Contains(int fd) => _entries.Count > 0 && _entries.ContainsKey(fd);

    /// <summary>Adds or replaces one, to be reported.</summary>
    internal void Arm(int fd, Interest interest, ulong token)
    {
        _entries[fd] = new Entry(token, interest, ++_armings);
        _due.Enqueue((fd, _armings));
    }

    internal bool Remove(int fd) => _entries.Count > 0 && _entries.Remove(fd);

    /// <summary>Reports those that are due, oldest first.</summary>
    internal int Take(Span<ReadyEvent> ready)
    {
        int count = 0;
        for (int left = _due.Count; left > 0 && count < ready.Length; left--)
        {
            (int fd, long arming) = _due.Dequeue();
            ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, fd);
            if (!Unsafe.IsNullRef(ref entry) && entry.Arming == arming)
            {
                ready[count++] = new ReadyEvent(entry.Token, (Readiness)entry.Interest);
                if (trigger == Trigger.Level)
                {
                    _due.Enqueue((fd, arming));
                }
            }
        }

        return count;
    }

    private readonly record struct Entry(ulong Token, Interest Interest, long Arming);
}
