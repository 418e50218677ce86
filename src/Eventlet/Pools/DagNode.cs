using System.Runtime.ExceptionServices;

namespace Eventlet.Pools;

/// <summary>A key of a <see cref="DagPool{TKey, T}"/>: its task, its value, and who waits for that. Under the pool's lock.</summary>
internal sealed class DagNode<TKey, T>(TKey key) where TKey : notnull
{
    private readonly List<GreenQueue<DagNode<TKey, T>>> _watchers = [];
    private T _value = default!;

    internal TKey Key { get; } = key;

    internal TKey[] Dependencies { get; set; } = [];

    /// <summary>The task, until it has ended.</summary>
    internal GreenThread? Task { get; set; }

    internal bool IsDone { get; private set; }

    internal PropagateException? Error { get; private set; }

    internal T Read()
    {
        if (Error is not null)
        {
            ExceptionDispatchInfo.Throw(Error);
        }

        return _value;
    }

    internal void Settle(T value, PropagateException? error)
    {
        _value = value;
        Error = error;
        IsDone = true;
        _watchers.ForEach(arrived => arrived.TryPut(this));
        _watchers.Clear();
    }

    internal void Watch(GreenQueue<DagNode<TKey, T>> arrived)
    {
        if (IsDone)
        {
            arrived.TryPut(this);
        }
        else
        {
            _watchers.Add(arrived);
        }
    }

    internal void Unwatch(GreenQueue<DagNode<TKey, T>> arrived) => _watchers.Remove(arrived);
}
