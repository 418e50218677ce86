namespace Eventlet;

/// <summary>Jobs on a pool, whose results are enumerated in the order of spawning. Several piles may share a pool.</summary>
/// <typeparam name="T">The type of the results.</typeparam>
/// <remarks>
/// Spawn and enumerate in one greenthread, or one thread outside: the pile itself is not for several at once. The enumeration ends when the results of all that was spawned were
/// taken; more may be spawned and enumerated then.
/// </remarks>
public sealed class GreenPile<T> : IAsyncEnumerable<T>
{
    private readonly Queue<GreenThread<T>> _jobs = new();

    /// <summary>A pile with a pool of its own.</summary>
    /// <param name="size">The pool's size. Default: 1000.</param>
    public GreenPile(int size = 1000) : this(new GreenPool(size))
    {
    }

    /// <summary>A pile on a pool.</summary>
    /// <param name="pool">The pool.</param>
    public GreenPile(GreenPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Pool = pool;
    }

    /// <summary>The pool that runs the jobs.</summary>
    public GreenPool Pool { get; }

    /// <summary>How many results were not taken yet.</summary>
    public int Count => _jobs.Count;

    /// <summary>Spawns a job as soon as the pool has a place. If that fails the pile stays as it was.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Ends the wait for a place with <see cref="OperationCanceledException"/>.</param>
    public async ValueTask SpawnAsync(Func<Task<T>> job, CancellationToken cancellationToken = default) => _jobs.Enqueue(await Pool.SpawnAsync(job, cancellationToken));

    /// <summary>The results in the order of spawning; a job's exception is thrown at its position, and a further enumeration goes on after it.</summary>
    /// <param name="cancellationToken">Looked at between results; a wait for one is interrupted as every wait of a greenthread is.</param>
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (_jobs.TryPeek(out GreenThread<T>? job))
        {
            cancellationToken.ThrowIfCancellationRequested();
            T result;
            try
            {
                result = await job;
                _ = _jobs.Dequeue();
            }
            catch (Exception error) when (ReferenceEquals(error, job.Failure))
            {
                _ = _jobs.Dequeue();
                throw;
            }

            yield return result;
        }
    }
}
