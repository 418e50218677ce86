using System.Buffers;
using System.Runtime.InteropServices;

namespace Eventlet.Backends;

/// <summary>What a submission is.</summary>
internal enum IoUringKind : byte
{
    Free,
    Wake,
    Poll,
    Receive,
    Send,
    Accept,
    Connect,
    ReceiveMessage,
    SendMessage,
    ReadFile,
    WriteFile,
}

/// <summary>Where it is.</summary>
internal enum IoUringStage : byte
{
    /// <summary>Nothing is asked of the kernel: a registration whose poll has fired.</summary>
    Idle,

    /// <summary>To be handed over with the next Wait.</summary>
    Due,

    /// <summary>The kernel's.</summary>
    InFlight,

    /// <summary>Its completion has been taken from the ring and waits to be looked at.</summary>
    Arrived,
}

/// <summary>All that is needed to submit an operation, and to do so again.</summary>
internal struct IoUringSlot
{
    internal IoUringKind Kind;
    internal IoUringStage Stage;
    internal bool SelectsBuffer;
    internal bool IsPinned;
    internal Expectation Expects;
    internal Interest Interest;
    internal int Fd;
    internal uint Generation;
    internal int Length;
    internal uint Flags;

    /// <summary>The block that holds a copy; -1 if none does.</summary>
    internal int Block;
    internal nint Address;

    /// <summary>Of a registration; of an operation on a file the place in it.</summary>
    internal ulong Token;
    internal MemoryHandle Pin;

    /// <summary>Those of several buffers; null for one.</summary>
    internal MemoryHandle[]? Pins;
    internal SafeHandle? Socket;
    internal ICompletionSink? Sink;
}

/// <summary>
/// Slots by number. A name is number and generation, so that a completion or a recall of an earlier use is known as stale. Number zero is nobody's.
/// </summary>
internal sealed class IoUringSlots
{
    private IoUringSlot[] _slots = new IoUringSlot[64];
    private int[] _free = new int[64];
    private int _freeCount;
    private int _used = 1;

    /// <summary>One past the highest number that was ever used.</summary>
    internal int Limit => _used;

    internal ref IoUringSlot this[int number] => ref _slots[number];

    internal int Rent(IoUringKind kind)
    {
        int number;
        if (_freeCount > 0)
        {
            number = _free[--_freeCount];
        }
        else
        {
            if (_used == _slots.Length)
            {
                Array.Resize(ref _slots, _used * 2);
                Array.Resize(ref _free, _used * 2);
            }

            number = _used++;
        }

        ref IoUringSlot slot = ref _slots[number];
        slot.Kind = kind;
        slot.Block = -1;
        return number;
    }

    internal void Return(int number)
    {
        // Field by field, of those that an operation may have set and the next does not: to assign the whole copies it with a check per reference.
        ref IoUringSlot slot = ref _slots[number];
        slot.Generation++;
        slot.Kind = IoUringKind.Free;
        slot.Stage = IoUringStage.Idle;
        slot.SelectsBuffer = false;
        slot.Expects = Expectation.None;
        slot.Interest = Interest.None;
        slot.Fd = 0;
        slot.Length = 0;
        slot.Flags = 0;
        slot.Address = 0;
        slot.Token = 0;
        slot.Socket = null;
        slot.Sink = null;
        _free[_freeCount++] = number;
    }

    internal ulong NameOf(int number) => ((ulong)_slots[number].Generation << 32) | (uint)number;

    /// <summary>The number of a slot that is still used under this name; zero if it is not.</summary>
    internal int Find(ulong name)
    {
        uint number = (uint)name;
        return number < (uint)_used && _slots[number].Generation == (uint)(name >> 32) && _slots[number].Kind != IoUringKind.Free ? (int)number : 0;
    }
}
