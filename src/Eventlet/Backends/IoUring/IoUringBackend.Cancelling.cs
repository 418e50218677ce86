using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

// Taking back what the kernel has, one or all. A cancellation may hit nothing: one of its workers (a send that has met a full socket very often ends up with one)
// is between two steps just then, and blocks in the next (seen on Linux 6.18). So it is asked for again until the operation has ended.
internal sealed unsafe partial class IoUringBackend<TCalls>
{
    /// <inheritdoc/>
    public void Recall(ulong operation)
    {
        int number = _slots.Find(operation);
        if (number == 0)
        {
            return;
        }

        if (_slots[number].Stage == IoUringStage.Due)
        {
            End(number);
            return;
        }

        IoUringCqe completion;
        try
        {
            completion = TakeBack(number);
        }
        catch (IOException)
        {
            // The ring is broken, which Wait will tell. The slot stays as it is: its memory is the kernel's for ever.
            _slots[number].Sink = null;
            return;
        }

        Tell(number, completion);
    }

    /// <inheritdoc/>
    public void Rest()
    {
        if (_inFlight == 0 || !ReferenceEquals(_thread, Thread.CurrentThread))
        {
            return;
        }

        for (TimeSpan wait = TimeSpan.Zero; _inFlight > 0; wait = s_pause)
        {
            CancelAll();
            Enter(wait);
            Reap();
        }

        for (int left = _arrived.Count; left > 0; left--)
        {
            Settle(_arrived.Dequeue());
        }
    }

    /// <summary>After a cancellation of all: what had not ended is due again.</summary>
    private void Settle(in IoUringCqe completion)
    {
        int number = _slots.Find(completion.UserData);
        if (number == 0)
        {
            return;
        }

        switch (_slots[number].Kind)
        {
            case IoUringKind.Wake:
                _arrived.Enqueue(completion);
                break;
            case IoUringKind.Poll:
                MakeDue(number);
                break;
            default:
                Finish(number, completion);
                break;
        }
    }

    private void CancelAll()
    {
        for (int number = 1; number < _slots.Limit; number++)
        {
            if (_slots[number] is { Stage: IoUringStage.InFlight, Kind: not IoUringKind.Wake })
            {
                Cancel(number);
            }
        }
    }

    private void Cancel(int number)
    {
        IoUringSqe* entry = NextEntry();
        entry->Opcode = IORING_OP_ASYNC_CANCEL;
        entry->Fd = -1;
        entry->Address = _slots.NameOf(number);
    }

    /// <summary>Cancels one that is in flight and waits until the kernel has let go of it.</summary>
    private IoUringCqe TakeBack(int number)
    {
        Bind();
        if (_slots[number].Stage == IoUringStage.Due)
        {
            // Moved to another thread: nothing of it is in flight.
            return new IoUringCqe { Result = -Errno.ECANCELED };
        }

        Reap();
        for (TimeSpan wait = TimeSpan.Zero; _slots[number].Stage == IoUringStage.InFlight; wait = s_pause)
        {
            Cancel(number);
            Enter(wait);
            Reap();
        }

        return TakeArrived(_slots.NameOf(number));
    }

    private IoUringCqe TakeArrived(ulong name)
    {
        IoUringCqe found = default;
        for (int left = _arrived.Count; left > 0; left--)
        {
            IoUringCqe completion = _arrived.Dequeue();
            if (completion.UserData == name)
            {
                found = completion;
            }
            else
            {
                _arrived.Enqueue(completion);
            }
        }

        return found;
    }
}
