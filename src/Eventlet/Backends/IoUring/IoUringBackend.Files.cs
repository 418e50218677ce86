using System.Buffers;
using System.Runtime.InteropServices;
using Eventlet.Interop;
using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

// Files: into and out of the user's memory, pinned. What is in the page cache is done within the call that hands it over, the rest by the
// kernel's own workers, which finish what they have begun: to take such an operation back is to wait for it.
internal sealed unsafe partial class IoUringBackend<TCalls>
{
    /// <inheritdoc/>
    public ulong ReadFile(SafeHandle file, Memory<byte> buffer, long offset, ICompletionSink sink) =>
        BeginFile(IoUringKind.ReadFile, file, buffer.Pin(), buffer.Length, offset, sink);

    /// <inheritdoc/>
    public ulong WriteFile(SafeHandle file, ReadOnlyMemory<byte> buffer, long offset, ICompletionSink sink) =>
        BeginFile(IoUringKind.WriteFile, file, buffer.Pin(), buffer.Length, offset, sink);

    private static void FillFile(IoUringSqe* entry, in IoUringSlot slot)
    {
        entry->Opcode = slot.Kind == IoUringKind.ReadFile ? IORING_OP_READ : IORING_OP_WRITE;
        entry->Address = (ulong)slot.Address;
        entry->Length = (uint)slot.Length;
        entry->Offset = slot.Token;
    }

    private ulong BeginFile(IoUringKind kind, SafeHandle file, MemoryHandle pin, int length, long offset, ICompletionSink sink)
    {
        int number = _slots.Rent(kind);
        ref IoUringSlot slot = ref _slots[number];
        slot.Pin = pin;
        slot.Address = (nint)pin.Pointer;
        slot.Length = length;
        slot.Token = (ulong)offset;
        return Begin(number, file, sink);
    }
}
