using Eventlet.Pools;

namespace Eventlet;

// Functions over sequences.
public sealed partial class GreenPool
{
    /// <summary>
    /// Applies a function to a sequence, on workers of this pool, and yields the results in the order of the sequence. The sequence is read as places become free, at most
    /// <see cref="Size"/> items ahead of the consumer.
    /// </summary>
    /// <typeparam name="TItem">The type of the items.</typeparam>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <param name="source">The sequence; what reading it throws is thrown to the consumer after the results of what came before.</param>
    /// <param name="function">The function. What it throws is thrown at its position; a caller of MoveNextAsync can go on after it, an <c>await foreach</c> ends.</param>
    /// <returns>To be enumerated once, by one consumer at a time. Disposing the enumeration kills the workers whose results were not taken.</returns>
    public IAsyncEnumerable<TResult> IMapAsync<TItem, TResult>(IEnumerable<TItem> source, Func<TItem, Task<TResult>> function)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(function);
        return new PoolMap<TItem, TResult>(this, source, function);
    }

    /// <summary>As <see cref="IMapAsync"/>, for a function of two arguments.</summary>
    /// <typeparam name="T1">The type of the first ones.</typeparam>
    /// <typeparam name="T2">The type of the second ones.</typeparam>
    /// <typeparam name="TResult">The type of the results.</typeparam>
    /// <param name="source">The arguments.</param>
    /// <param name="function">The function.</param>
    public IAsyncEnumerable<TResult> StarMapAsync<T1, T2, TResult>(IEnumerable<(T1, T2)> source, Func<T1, T2, Task<TResult>> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return IMapAsync(source, arguments => function(arguments.Item1, arguments.Item2));
    }
}
