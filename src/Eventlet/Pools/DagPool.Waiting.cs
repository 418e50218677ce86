using Eventlet.Pools;

namespace Eventlet;

// The forms that wait.
public sealed partial class DagPool<TKey, T>
{
    /// <summary>Waits until a key has its value. Any thread.</summary>
    /// <param name="key">The key; it need not exist yet.</param>
    /// <exception cref="PropagateException">Its task has failed.</exception>
    public async ValueTask<T> GetAsync(TKey key)
    {
        await foreach ((_, T value) in WaitEachAsync([key]))
        {
            return value;
        }

        throw new InvalidOperationException("a wait for one key has yielded none");
    }

    /// <summary>Waits until keys have their values. Any thread.</summary>
    /// <param name="keys">The keys; null: all that are known now.</param>
    /// <exception cref="PropagateException">The task of one of them has failed.</exception>
    public async ValueTask<IReadOnlyDictionary<TKey, T>> WaitAsync(IEnumerable<TKey>? keys = null)
    {
        var values = new Dictionary<TKey, T>();
        await foreach ((TKey key, T value) in WaitEachAsync(keys))
        {
            values[key] = value;
        }

        return values;
    }

    /// <summary>Waits until all keys that are known now have their values. Any thread.</summary>
    /// <exception cref="PropagateException">The task of one of them has failed.</exception>
    public ValueTask<IReadOnlyDictionary<TKey, T>> WaitAllAsync() => WaitAsync();

    /// <summary>The values of keys, in the order in which they become available; what is there already comes without waiting.</summary>
    /// <param name="keys">The keys; null: all that are known now.</param>
    /// <exception cref="PropagateException">The task of one of them has failed.</exception>
    public IAsyncEnumerable<KeyValuePair<TKey, T>> WaitEachAsync(IEnumerable<TKey>? keys = null) =>
        EachAsync(keys, static node => KeyValuePair.Create(node.Key, node.Read()), static _ => true);

    /// <summary>As <see cref="WaitEachAsync"/>, without those that fail.</summary>
    /// <param name="keys">The keys; null: all that are known now.</param>
    public IAsyncEnumerable<KeyValuePair<TKey, T>> WaitEachSuccessAsync(IEnumerable<TKey>? keys = null) =>
        EachAsync(keys, static node => KeyValuePair.Create(node.Key, node.Read()), static node => node.Error is null);

    /// <summary>As <see cref="WaitEachAsync"/>, only those that fail, with their errors.</summary>
    /// <param name="keys">The keys; null: all that are known now.</param>
    public IAsyncEnumerable<KeyValuePair<TKey, PropagateException>> WaitEachExceptionAsync(IEnumerable<TKey>? keys = null) =>
        EachAsync(keys, static node => KeyValuePair.Create(node.Key, node.Error!), static node => node.Error is not null);

    private async IAsyncEnumerable<TOut> EachAsync<TOut>(IEnumerable<TKey>? keys, Func<DagNode<TKey, T>, TOut> read, Func<DagNode<TKey, T>, bool> isWanted)
    {
        var arrived = new GreenQueue<DagNode<TKey, T>>();
        var watched = new List<DagNode<TKey, T>>();
        lock (_lock)
        {
            foreach (TKey key in keys is null ? [.. _nodes.Keys] : keys.Distinct())
            {
                DagNode<TKey, T> node = NodeOf(key);
                node.Watch(arrived);
                watched.Add(node);
            }
        }

        try
        {
            for (int left = watched.Count; left > 0; left--)
            {
                DagNode<TKey, T> node = await arrived.GetAsync();
                bool isYielded;
                TOut outcome = default!;
                lock (_lock)
                {
                    isYielded = isWanted(node);
                    if (isYielded)
                    {
                        outcome = read(node);
                    }
                }

                if (isYielded)
                {
                    yield return outcome;
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                watched.ForEach(node => node.Unwatch(arrived));
            }
        }
    }
}
