namespace Eventlet;

/// <summary>
/// Mutual exclusion across waits: one permit. It belongs to nobody in particular: who holds it does not get it a second time, and another may release it. Released
/// while nobody holds it, it throws <see cref="SynchronizationLockException"/>.
/// </summary>
public sealed class GreenLock : GreenSemaphore
{
    /// <summary>An open lock.</summary>
    public GreenLock() : base(1, 1)
    {
    }

    private protected override Exception Overfull() => new SynchronizationLockException("the lock is not held by anybody");
}
