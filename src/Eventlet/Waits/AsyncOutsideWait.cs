using System.Threading.Tasks.Sources;

namespace Eventlet.Waits;

/// <summary>
/// An await from outside the hub's greenthreads. It resumes where its awaiter's context is, else on the thread pool, like after
/// any task. It stays pending until it is awaited: otherwise it would be a race on which thread the awaiter goes on.
/// </summary>
internal sealed class AsyncOutsideWait<T>(Hub hub) : OutsideWait(hub), IValueTaskSource<T>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<T> _core = new() { RunContinuationsAsynchronously = true };
    private volatile bool _awaited;
    private int _awaiters;
    private int _taken;

    /// <summary>The token of its ValueTask.</summary>
    internal short Version => _core.Version;

    internal ValueTask<T> AsValueTask() => new(this, _core.Version);

    internal ValueTask AsPlainValueTask() => new(this, _core.Version);

    private protected override void Deliver(Wait wait)
    {
        if (wait.Error is { } error)
        {
            _core.SetException(error);
        }
        else
        {
            _core.SetResult(wait is Wait<T> valued ? valued.Result : default!);
        }
    }

    private protected override void Deliver(Exception error) => _core.SetException(error);

    public ValueTaskSourceStatus GetStatus(short token)
    {
        ValueTaskSourceStatus status = _core.GetStatus(token);
        return _awaited ? status : ValueTaskSourceStatus.Pending;
    }

    /// <summary>Takes the continuation. Never throws: an exception here would end the process.</summary>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if (Interlocked.Exchange(ref _awaiters, 1) != 0)
        {
            // A second await: its GetResult finds that out and throws, in the awaiter.
            ThreadPool.QueueUserWorkItem(continuation, state, preferLocal: false);
            return;
        }

        _awaited = true;
        _core.OnCompleted(continuation, state, token, flags);
        if (!IsOver && !Hub.IsCurrent)
        {
            Hub.Outsiders.RequireLoop(this);
            _ = Hub.LaunchIfIdle();
        }
    }

    public T GetResult(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending || Interlocked.Exchange(ref _taken, 1) != 0)
        {
            throw new InvalidOperationException("the result of this wait was taken already, or is not there yet: await a ValueTask once");
        }

        return _core.GetResult(token);
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);
}
