using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Backends;

// The sockets of submissions on their way: their numbers must not be handed out anew before the kernel has found their files.
internal sealed unsafe partial class IoUringBackend<TCalls>
{
    // A struct around the reference spares the array's covariance check at each store.
    private struct HeldSocket
    {
        internal SafeHandle Handle;
    }

    /// <summary>Sockets of submissions that the kernel has not taken yet: it finds a file by its number when it does.</summary>
    private HeldSocket[] _held = new HeldSocket[64];
    private int _heldCount;

    /// <summary>Whether one of them is a Socket's, whose disposal waits until nobody holds it.</summary>
    private bool _holdsSockets;

    /// <summary>Holds the socket of an operation until the kernel has its file. One that is closed ends the operation.</summary>
    private bool Hold(int number)
    {
        ref IoUringSlot slot = ref _slots[number];
        if (slot.Socket is not { } socket)
        {
            return true;
        }

        bool held = false;
        try
        {
            socket.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            slot.Stage = IoUringStage.Arrived;
            _arrived.Enqueue(new IoUringCqe { UserData = _slots.NameOf(number), Result = -Errno.EBADF });
            return false;
        }

        if (_heldCount == _held.Length)
        {
            Array.Resize(ref _held, _heldCount * 2);
        }

        _held[_heldCount++].Handle = socket;
        _holdsSockets |= socket is not FileDescriptorHandle;
        slot.Fd = (int)socket.DangerousGetHandle();
        return true;
    }

    private void DropHeld()
    {
        for (int i = 0; i < _heldCount; i++)
        {
            _held[i].Handle.DangerousRelease();
            _held[i].Handle = null!;
        }

        _heldCount = 0;
        _holdsSockets = false;
    }
}
