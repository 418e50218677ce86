using System.Threading.Tasks.Sources;
using Eventlet.Waits;

namespace Eventlet.Synchronization;

/// <summary>A wait for a permit; as the source of a scope it yields that scope.</summary>
internal sealed class PermitWait : LineWait<bool>, IValueTaskSource<SemaphorePermit>
{
    internal GreenSemaphore? Semaphore { get; set; }

    SemaphorePermit IValueTaskSource<SemaphorePermit>.GetResult(short token)
    {
        GreenSemaphore semaphore = Semaphore!;
        Consume(token);
        return new SemaphorePermit(semaphore);
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Semaphore = null;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<PermitWait>().Return(this);
}
