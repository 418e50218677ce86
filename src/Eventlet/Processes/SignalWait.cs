using System.Runtime.InteropServices;
using Eventlet.Waits;

namespace Eventlet.Processes;

/// <summary>A wait for the next signal.</summary>
internal sealed class SignalWait : Wait<PosixSignal>
{
    internal SignalQueue Queue { get; set; } = null!;

    private protected override void Arm() => Queue.Enter(this);

    private protected override void OnDisarm() => Queue.Leave(this);

    internal override string Describe() => "waits for a signal";

    /// <summary>Takes a signal, if this is still the wait that was told of it. On the hub's thread, so that a wait which ends otherwise takes none.</summary>
    internal void TryTake(short version)
    {
        if (version == Version && IsPending && Queue.TryTake(out PosixSignal signal))
        {
            Result = signal;
            Complete();
        }
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Queue = null!;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<SignalWait>().Return(this);
}
