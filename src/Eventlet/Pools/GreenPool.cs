using Eventlet.Pools;
using Eventlet.Synchronization;

namespace Eventlet;

/// <summary>
/// Runs greenthreads, but only so many at once: who spawns into a full pool waits for a place, in the order of coming. A worker's place is free again when it has ended,
/// however that was, also if it was killed before it began or its hub was dropped.
/// </summary>
/// <remarks>
/// A worker that spawns into its own full pool would wait for itself if all workers did so. What it spawns then runs on its own place: it waits until that has ended, and then goes on; the
/// number of those who make progress stays the same.
/// Any thread and any hub may use it; a worker runs on the hub of its spawner's thread. The blocking forms outside MAINLOOP only. There is nothing to dispose.
/// </remarks>
public sealed partial class GreenPool : IGreenThreadWatcher
{
    private readonly PoolSlots _slots;
    private readonly IdleLine _running = new();
    private readonly Borrowed _borrowed = new();

    /// <summary>Makes one.</summary>
    /// <param name="size">How many may run at once; zero or more. Default: 1000. With zero every spawn waits until it is resized.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public GreenPool(int size = 1000) => _slots = new PoolSlots(size);

    /// <summary>How many may run at once. Any thread.</summary>
    public int Size => _slots.Size;

    /// <summary>How many places are taken: by workers from their spawning to their end. Any thread; a snapshot.</summary>
    public int Running => _running.Count;

    /// <summary>How many places are left; negative after the pool was made smaller. Any thread; a snapshot.</summary>
    public int Free => _slots.Free;

    /// <summary>How many wait for a place. Any thread; a snapshot.</summary>
    public int Waiting => _slots.Waiting;

    private bool IsWorker => GreenThread.Current?.Watcher is { } watcher && (ReferenceEquals(watcher, this) || ReferenceEquals(watcher, _borrowed));

    /// <summary>Changes how many may run at once. With more, those who wait go on; with less, those who run go on, too. Any thread.</summary>
    /// <param name="size">Zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public void Resize(int size) => _slots.Resize(size);

    /// <summary>Spawns as soon as there is a place. Any thread.</summary>
    /// <param name="body">The worker's code.</param>
    /// <param name="cancellationToken">Ends the wait for a place with <see cref="OperationCanceledException"/>; nothing is spawned then.</param>
    /// <returns>The worker, which can be awaited, linked to and killed.</returns>
    public ValueTask<GreenThread> SpawnAsync(Func<Task> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return PlaceAsync(new GreenThread(Hubs.GetHub(), body, isDetached: false), cancellationToken);
    }

    /// <inheritdoc cref="SpawnAsync(Func{Task}, CancellationToken)"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public ValueTask<GreenThread<T>> SpawnAsync<T>(Func<Task<T>> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return PlaceAsync(new GreenThread<T>(Hubs.GetHub(), body), cancellationToken);
    }

    /// <summary>Spawns a worker that nobody will wait for as soon as there is a place. Its error is reported as unhandled. Any thread.</summary>
    /// <param name="body">The worker's code.</param>
    /// <param name="cancellationToken">Ends the wait for a place with <see cref="OperationCanceledException"/>; nothing is spawned then.</param>
    public ValueTask SpawnNAsync(Func<Task> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        ValueTask<GreenThread> placed = PlaceAsync(new GreenThread(Hubs.GetHub(), body, isDetached: true), cancellationToken);
        if (!placed.IsCompletedSuccessfully)
        {
            return new ValueTask(placed.AsTask());
        }

        _ = placed.GetAwaiter().GetResult();
        return default;
    }

    /// <summary>Spawns if there is a place now. Any thread, also in callbacks.</summary>
    /// <param name="body">The worker's code.</param>
    /// <returns>The worker; null: the pool is full.</returns>
    public GreenThread? TrySpawn(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return _slots.TryAcquire() ? Begin(new GreenThread(Hubs.GetHub(), body, isDetached: false)) : null;
    }

    /// <summary>Blocks until there is a place, and spawns. Outside MAINLOOP only.</summary>
    /// <param name="body">The worker's code.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public GreenThread Spawn(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Blocking.RefuseInMainloop("GreenPool.Spawn", "SpawnAsync");
        _slots.Acquire();
        return Begin(new GreenThread(Hubs.GetHub(), body, isDetached: false));
    }

    /// <summary>Waits until no worker runs. Any thread, but not in a worker.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">In a worker of this pool, which would wait for itself.</exception>
    public ValueTask WaitAllAsync(CancellationToken cancellationToken = default) => IsWorker
        ? throw new InvalidOperationException("a worker cannot wait for the end of all workers of its own pool")
        : _running.WaitAsync(cancellationToken);

    /// <summary>Blocks until no worker runs. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public void WaitAll() => _running.Wait("GreenPool.WaitAll", "WaitAllAsync", Timeout.InfiniteTimeSpan);

    void IGreenThreadWatcher.Ended(GreenThread green, Exception? error)
    {
        _slots.Release();
        _running.TryRemove();
    }

    private ValueTask<TGreen> PlaceAsync<TGreen>(TGreen worker, CancellationToken cancellationToken) where TGreen : GreenThread
    {
        if (IsWorker && _slots.IsLocked && !cancellationToken.IsCancellationRequested)
        {
            return RunOnOwnPlaceAsync(worker);
        }

        ValueTask acquired = _slots.AcquireAsync(cancellationToken);
        if (!acquired.IsCompletedSuccessfully)
        {
            return BeginLaterAsync(acquired, worker);
        }

        acquired.GetAwaiter().GetResult();
        return new ValueTask<TGreen>(Begin(worker));
    }

    private async ValueTask<TGreen> BeginLaterAsync<TGreen>(ValueTask acquired, TGreen worker) where TGreen : GreenThread
    {
        await acquired.ConfigureAwait(false);
        return Begin(worker);
    }

    private async ValueTask<TGreen> RunOnOwnPlaceAsync<TGreen>(TGreen worker) where TGreen : GreenThread
    {
        worker.Watcher = _borrowed;
        worker.Hub.Schedule(worker);
        try
        {
            await worker.EndedAsync();
        }
        catch
        {
            // Whoever is interrupted here takes his place with him: what ran on it ends first.
            worker.Kill();
            using var shield = new CancelScope(shield: true);
            await worker.EndedAsync();
            throw;
        }

        return worker;
    }

    private TGreen Begin<TGreen>(TGreen worker) where TGreen : GreenThread
    {
        _running.Add();
        worker.Watcher = this;
        try
        {
            worker.Hub.Schedule(worker);
        }
        catch
        {
            ((IGreenThreadWatcher)this).Ended(worker, null);
            throw;
        }

        return worker;
    }

    /// <summary>Marks workers that run on the place of their spawner.</summary>
    private sealed class Borrowed : IGreenThreadWatcher
    {
        public void Ended(GreenThread green, Exception? error)
        {
            // The place is its spawner's, who keeps it.
        }
    }
}
