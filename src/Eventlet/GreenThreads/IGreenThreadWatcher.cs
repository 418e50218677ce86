namespace Eventlet;

/// <summary>Keeps account of greenthreads that it has spawned.</summary>
internal interface IGreenThreadWatcher
{
    /// <summary>One has ended, before its links and waiters are told; or its hub was dropped, on whatever thread. It must not throw.</summary>
    void Ended(GreenThread green, Exception? error);
}
