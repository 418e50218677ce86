using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

// What one Wait does: hand over what is due, take what has come.
internal sealed unsafe partial class IoUringBackend<TCalls>
{
    /// <summary>How long a call that found no memory is put off.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);

    /// <summary>A ring belongs to one thread: on another one all is armed again, on a new one.</summary>
    private void Bind()
    {
        Thread current = Thread.CurrentThread;
        if (ReferenceEquals(_thread, current))
        {
            return;
        }

        if (_thread is not null)
        {
            Move();
        }

        _thread = current;
    }

    private void Move()
    {
        for (int number = 1; number < _slots.Limit; number++)
        {
            if (_slots[number] is { Stage: IoUringStage.InFlight, Kind: not (IoUringKind.Poll or IoUringKind.Wake) })
            {
                throw new InvalidOperationException("an io_uring backend with operations in flight is used by another thread than theirs");
            }
        }

        var ring = new IoUringRing<TCalls>(_calls, _entries);
        _ring.Dispose();
        _buffers?.Dispose();
        _ring = ring;
        _buffers = IoUringBufferRing.TryRegister(ring);
        _inFlight = 0;
        for (int number = 1; number < _slots.Limit; number++)
        {
            if (_slots[number].Stage == IoUringStage.InFlight)
            {
                MakeDue(number);
            }
        }
    }

    private void MakeDue(int number)
    {
        ref IoUringSlot slot = ref _slots[number];
        if (slot.Stage == IoUringStage.Due)
        {
            return;
        }

        slot.Stage = IoUringStage.Due;
        if (_dueCount == _due.Length)
        {
            Array.Resize(ref _due, _dueCount * 2);
        }

        _due[_dueCount++] = _slots.NameOf(number);
    }

    private void SubmitDue()
    {
        // One that ends while this goes on may make others due.
        for (int i = 0; i < _dueCount; i++)
        {
            // First: the call that makes room lets go of all sockets that are held.
            MakeRoom();
            int number = _slots.Find(_due[i]);
            if (number != 0 && _slots[number].Stage == IoUringStage.Due && Hold(number))
            {
                Fill(NextEntry(), ref _slots[number], _due[i]);
                _slots[number].Stage = IoUringStage.InFlight;
                _inFlight += _slots[number].Kind == IoUringKind.Wake ? 0 : 1;
            }
        }

        _dueCount = 0;
    }

    private void MakeRoom()
    {
        while (!_ring.HasRoom)
        {
            Enter(TimeSpan.Zero);
        }
    }

    private IoUringSqe* NextEntry()
    {
        IoUringSqe* entry;
        while ((entry = _ring.Next()) is null)
        {
            Enter(TimeSpan.Zero);
        }

        return entry;
    }

    private void Fill(IoUringSqe* entry, ref IoUringSlot slot, ulong name)
    {
        entry->Fd = slot.Fd;
        entry->UserData = name;
        switch (slot.Kind)
        {
            case IoUringKind.Wake:
                entry->Opcode = IORING_OP_POLL_ADD;
                entry->Fd = Wakeup.Descriptor;
                entry->OperationFlags = PollEvents(EPOLLIN);
                entry->Length = IORING_POLL_ADD_MULTI;
                break;

            case IoUringKind.Poll:
                entry->Opcode = IORING_OP_POLL_ADD;
                entry->OperationFlags = PollEvents(PollBits.Of(slot.Interest));
                entry->Length = slot.Flags;
                break;

            case IoUringKind.Accept:
                entry->Opcode = IORING_OP_ACCEPT;
                entry->OperationFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
                break;

            case IoUringKind.ReadFile or IoUringKind.WriteFile:
                FillFile(entry, slot);
                break;

            case IoUringKind.Send:
                entry->Opcode = IORING_OP_SEND;
                entry->Address = (ulong)slot.Address;
                entry->Length = (uint)slot.Length;
                entry->OperationFlags = slot.Flags;
                break;

            case IoUringKind.Connect or IoUringKind.ReceiveMessage or IoUringKind.SendMessage:
                FillMessage(entry, ref slot);
                break;

            default:
                entry->Opcode = IORING_OP_RECV;
                entry->Address = (ulong)slot.Address;
                entry->Length = (uint)slot.Length;
                entry->Flags = slot.SelectsBuffer ? IOSQE_BUFFER_SELECT : (byte)0;
                entry->BufferGroup = slot.SelectsBuffer ? IoUringBufferRing.Group : (ushort)0;

                // A try that would fail costs more than to ask for readiness first.
                entry->IoPriority = (slot.Expects & Expectation.More) != 0 ? (ushort)0 : IORING_RECVSEND_POLL_FIRST;
                break;
        }
    }

    /// <summary>The events of a poll: the two halves of the word change places on a big-endian machine.</summary>
    private static uint PollEvents(uint bits) => BitConverter.IsLittleEndian ? bits : (bits << 16) | (bits >> 16);

    /// <summary>One call. What it could not hand over stays for the next.</summary>
    private void Enter(TimeSpan timeout)
    {
        int result = _ring.Enter(timeout);
        if (result < 0)
        {
            // No room for completions (EBUSY): making it lets the kernel go on. No memory (EAGAIN): without a pause this would spin.
            Reap();
            if (result != -Errno.EBUSY && _arrived.Count == 0)
            {
                _calls.Pause(s_pause);
            }
        }

        if (!_ring.HasSubmissions)
        {
            DropHeld();
        }
    }

    /// <summary>Takes all completions from the ring, to be looked at later.</summary>
    private void Reap()
    {
        while (TryTakeFromRing(out IoUringCqe completion))
        {
            if (_slots.Find(completion.UserData) != 0)
            {
                _arrived.Enqueue(completion);
            }
        }
    }

    private bool TryTake(out IoUringCqe completion) => _arrived.TryDequeue(out completion) || TryTakeFromRing(out completion);

    private bool TryTakeFromRing(out IoUringCqe completion)
    {
        if (!_ring.TryTake(out completion))
        {
            return false;
        }

        int number = _slots.Find(completion.UserData);
        if (number != 0 && (completion.Flags & IORING_CQE_F_MORE) == 0)
        {
            ref IoUringSlot slot = ref _slots[number];
            slot.Stage = IoUringStage.Arrived;
            _inFlight -= slot.Kind == IoUringKind.Wake ? 0 : 1;
        }

        return true;
    }

    /// <summary>Acts upon a completion.</summary>
    /// <returns>How many events were written: none or one.</returns>
    private int Look(in IoUringCqe completion, Span<ReadyEvent> ready)
    {
        int number = _slots.Find(completion.UserData);
        if (number == 0)
        {
            return 0;
        }

        ref IoUringSlot slot = ref _slots[number];
        switch (slot.Kind)
        {
            case IoUringKind.Wake:
                Check(completion.Result == -Errno.ECANCELED ? 0 : completion.Result, "io_uring: the poll of the wake-up");
                Wakeup.DrainEdge();
                if ((completion.Flags & IORING_CQE_F_MORE) == 0)
                {
                    MakeDue(number);
                }

                return 0;

            case IoUringKind.Poll:
                return LookAtPoll(number, completion, ready);

            default:
                Finish(number, completion);
                return 0;
        }
    }
}
