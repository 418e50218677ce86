namespace Eventlet;

/// <summary>
/// A semaphore that waits at both ends: acquiring waits for a permit, releasing waits while the limit is reached. With a limit of zero an acquire and a release
/// meet. Fair and thread-safe as <see cref="GreenSemaphore"/>.
/// </summary>
public sealed class CappedGreenSemaphore
{
    // Permits are items without content in a queue with so much room.
    private readonly GreenQueue<bool> _permits;
    private readonly int _limit;

    /// <summary>Makes one.</summary>
    /// <param name="count">How many permits there are at first; zero or more.</param>
    /// <param name="limit">How many there can be at most; not less than <paramref name="count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or above the limit.</exception>
    public CappedGreenSemaphore(int count, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, limit);
        _limit = limit;
        _permits = new GreenQueue<bool>(limit);
        for (int i = 0; i < count; i++)
        {
            _permits.TryPut(true);
        }
    }

    /// <summary>Whether an acquire would have to wait. Any thread; a snapshot.</summary>
    public bool IsLocked => _permits.Count == 0;

    /// <summary>The free permits less those who wait for one, less the same for releasing. Any thread; a snapshot.</summary>
    public int Balance => _permits.Count - _permits.Getting - (_limit - _permits.Count - _permits.Putting);

    /// <summary>Takes a permit if there is one, or if somebody waits to release one. Any thread, also in callbacks.</summary>
    public bool TryAcquire() => _permits.TryGet(out _);

    /// <summary>Releases a permit if the limit allows, or if somebody waits to acquire one. Any thread, also in callbacks.</summary>
    public bool TryRelease() => _permits.TryPut(true);

    /// <summary>Takes a permit as soon as there is one for it. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public ValueTask AcquireAsync(CancellationToken cancellationToken = default) => _permits.SkipAsync(cancellationToken);

    /// <summary>Releases a permit as soon as the limit allows. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public ValueTask ReleaseAsync(CancellationToken cancellationToken = default) => _permits.PutAsync(true, cancellationToken);

    /// <summary>Blocks until a permit is taken. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public void Acquire() => _permits.Get();

    /// <summary>Blocks until a permit is released. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public void Release() => _permits.Put(true);
}
