using System.Diagnostics.CodeAnalysis;
using Eventlet.Pools;

namespace Eventlet;

/// <summary>
/// Tasks with keys that depend on one another: each begins at once and takes the values of the keys it depends on as they become available; what it returns is the value of its own key. Keys can also
/// be posted from outside.
/// </summary>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="T">The type of the values.</typeparam>
/// <remarks>
/// A task that fails gives its key a <see cref="PropagateException"/>, which is thrown where the value is read: in dependents, whose own failure wraps it again, and in whoever waits.
/// Any thread and any hub may use it; a task runs on the hub of its spawner's thread. There is nothing to dispose.
/// </remarks>
public sealed partial class DagPool<TKey, T> where TKey : notnull
{
    private readonly Dictionary<TKey, DagNode<TKey, T>> _nodes = [];
    private readonly Lock _lock = new();

    /// <summary>Makes one.</summary>
    /// <param name="preload">Keys that have their values already. Null: none.</param>
    public DagPool(IEnumerable<KeyValuePair<TKey, T>>? preload = null)
    {
        foreach ((TKey key, T value) in preload ?? [])
        {
            Post(key, value);
        }
    }

    /// <summary>How many tasks have not ended. Any thread; a snapshot.</summary>
    public int Running => RunningKeys.Count;

    /// <summary>The keys whose tasks have not ended. Any thread; a snapshot.</summary>
    public IReadOnlyList<TKey> RunningKeys => Snapshot(static node => node.Task is not null);

    /// <summary>The keys that have a value, or failed. Any thread; a snapshot.</summary>
    public IReadOnlyList<TKey> Keys => Snapshot(static node => node.IsDone);

    /// <summary>How many tasks lack values of other keys. Any thread; a snapshot.</summary>
    public int Waiting => WaitingFor().Count;

    /// <summary>Begins a task. Any thread.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="dependencies">The keys whose values it wants; they need not exist yet.</param>
    /// <param name="body">Gets its key and the values of its dependencies, in the order in which they become available. What it returns is the key's value, unless it has posted one.</param>
    /// <exception cref="CollisionException">The key has a task or a value.</exception>
    public void Spawn(TKey key, IEnumerable<TKey> dependencies, Func<TKey, IAsyncEnumerable<KeyValuePair<TKey, T>>, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(dependencies);
        ArgumentNullException.ThrowIfNull(body);
        TKey[] wanted = [.. dependencies.Distinct()];
        lock (_lock)
        {
            DagNode<TKey, T> node = NodeOf(key);
            if (node.IsDone || node.Task is not null)
            {
                throw new CollisionException($"the key {key} has a task or a value already");
            }

            var green = new GreenThread<T>(Hubs.GetHub(), () => body(key, WaitEachAsync(wanted))) { Watcher = new TaskWatcher(this, node) };
            green.Hub.Schedule(green);
            node.Dependencies = wanted;
            node.Task = green;
        }
    }

    /// <summary>Begins several tasks with one body. Any thread.</summary>
    /// <param name="dependencies">The keys, and on which keys each depends.</param>
    /// <param name="body">As in <see cref="Spawn"/>.</param>
    /// <exception cref="CollisionException">A key has a task or a value; those before it have begun.</exception>
    public void SpawnMany(IEnumerable<KeyValuePair<TKey, IEnumerable<TKey>>> dependencies, Func<TKey, IAsyncEnumerable<KeyValuePair<TKey, T>>, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(dependencies);
        foreach ((TKey key, IEnumerable<TKey> wanted) in dependencies)
        {
            Spawn(key, wanted, body);
        }
    }

    /// <summary>Gives a key its value. Any thread.</summary>
    /// <param name="key">The key. A task may post its own: what it returns is dropped then.</param>
    /// <param name="value">The value.</param>
    /// <param name="replace">Whether a value that is there is replaced, for those who read it from now on.</param>
    /// <exception cref="CollisionException">Another task has this key, or it has a value and is not to be replaced.</exception>
    public void Post(TKey key, T value, bool replace = false)
    {
        lock (_lock)
        {
            DagNode<TKey, T> node = NodeOf(key);
            if (node.Task is not null && !ReferenceEquals(node.Task, GreenThread.Current))
            {
                throw new CollisionException($"the key {key} belongs to a task that has not ended");
            }

            if (node.IsDone && !replace)
            {
                throw new CollisionException($"the key {key} has a value already");
            }

            node.Settle(value, null);
        }
    }

    /// <summary>Kills the task of a key; the key is free again then. Any thread.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="KeyNotFoundException">It has no task that has not ended.</exception>
    public void Kill(TKey key)
    {
        GreenThread task;
        lock (_lock)
        {
            if (!_nodes.TryGetValue(key, out DagNode<TKey, T>? node) || node.Task is null)
            {
                throw new KeyNotFoundException($"no task is running for the key {key}");
            }

            task = node.Task;
            node.Task = null;
            node.Dependencies = [];
        }

        task.Kill();
    }

    /// <summary>The value of a key, if it has one. Any thread.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="PropagateException">Its task has failed.</exception>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out T value)
    {
        lock (_lock)
        {
            value = default;
            if (!_nodes.TryGetValue(key, out DagNode<TKey, T>? node) || !node.IsDone)
            {
                return false;
            }

            value = node.Read();
            return true;
        }
    }

    /// <summary>The keys that have values, with these. Any thread; a snapshot.</summary>
    /// <exception cref="PropagateException">The task of one of them has failed.</exception>
    public IReadOnlyDictionary<TKey, T> Items()
    {
        lock (_lock)
        {
            return _nodes.Values.Where(node => node.IsDone).ToDictionary(node => node.Key, node => node.Read());
        }
    }

    /// <summary>The keys that the task of a key still lacks. Any thread; a snapshot.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="KeyNotFoundException">The key is neither known nor has a task.</exception>
    public IReadOnlyList<TKey> WaitingFor(TKey key)
    {
        lock (_lock)
        {
            return _nodes.TryGetValue(key, out DagNode<TKey, T>? node) && (node.IsDone || node.Task is not null)
                ? Missing(node)
                : throw new KeyNotFoundException($"the key {key} has neither a task nor a value");
        }
    }

    /// <summary>All tasks that lack values, each with the keys that it lacks. Any thread; a snapshot.</summary>
    public IReadOnlyDictionary<TKey, IReadOnlyList<TKey>> WaitingFor()
    {
        lock (_lock)
        {
            return _nodes.Values.Where(node => Missing(node).Length > 0).ToDictionary(node => node.Key, node => (IReadOnlyList<TKey>)Missing(node));
        }
    }

    private TKey[] Missing(DagNode<TKey, T> node) =>
        node.Task is null ? [] : [.. node.Dependencies.Where(key => !_nodes.TryGetValue(key, out DagNode<TKey, T>? other) || !other.IsDone)];

    private TKey[] Snapshot(Func<DagNode<TKey, T>, bool> isWanted)
    {
        lock (_lock)
        {
            return [.. _nodes.Values.Where(isWanted).Select(node => node.Key)];
        }
    }

    private DagNode<TKey, T> NodeOf(TKey key)
    {
        if (!_nodes.TryGetValue(key, out DagNode<TKey, T>? node))
        {
            node = new DagNode<TKey, T>(key);
            _nodes.Add(key, node);
        }

        return node;
    }

    /// <summary>Takes the outcome of a task over into its node.</summary>
    private sealed class TaskWatcher(DagPool<TKey, T> pool, DagNode<TKey, T> node) : IGreenThreadWatcher
    {
        public void Ended(GreenThread green, Exception? error)
        {
            green.TakeOver();
            lock (pool._lock)
            {
                if (!ReferenceEquals(node.Task, green))
                {
                    return;
                }

                node.Task = null;
                if (error is null)
                {
                    // What the task has posted itself counts.
                    if (!node.IsDone)
                    {
                        node.Settle(((GreenThread<T>)green).Value, null);
                    }
                }
                else if (error is not GreenletExit && !green.WasKilled)
                {
                    node.Settle(default!, new PropagateException(node.Key, error));
                }
            }
        }
    }
}
