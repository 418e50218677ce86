using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

// What a poll's completion means.
internal sealed unsafe partial class IoUringBackend<TCalls>
{
    /// <summary>
    /// A poll has fired. The kernel reports the end of the peer's half unasked, to writers, too, and would do so at once whenever such a poll is armed
    /// again: from then on it is a multishot one, which reports what arises.
    /// </summary>
    private int LookAtPoll(int number, in IoUringCqe completion, Span<ReadyEvent> ready)
    {
        ref IoUringSlot slot = ref _slots[number];
        bool goesOn = (completion.Flags & IORING_CQE_F_MORE) != 0;
        uint bits = completion.Result < 0 ? EPOLLERR : (uint)completion.Result & (PollBits.Of(slot.Interest) | EPOLLHUP | EPOLLERR | (uint)POLLNVAL);
        if (completion.Result == -Errno.EBADF)
        {
            // Closed before the poll was submitted; one that is closed later is not seen either.
            slot.Stage = IoUringStage.Idle;
            return 0;
        }

        if ((bits & EPOLLIN) != 0)
        {
            // What woke the poll, not what is there: sockets wake with both, whether out-of-band data has come or not.
            bits &= ~EPOLLPRI;
        }

        if (bits == 0)
        {
            if (!goesOn)
            {
                slot.Flags = IORING_POLL_ADD_MULTI;
                MakeDue(number);
            }

            return 0;
        }

        if (goesOn)
        {
            _ = TakeBack(number);
        }

        slot.Stage = IoUringStage.Idle;
        slot.Flags = 0;
        ready[0] = new ReadyEvent(slot.Token, PollBits.What(bits));
        return 1;
    }
}
