using System.Threading.Tasks.Sources;
using Eventlet.Waits;

namespace Eventlet.Synchronization;

/// <summary>Takes items of a queue one after the other: one object for all of them, which puts itself before the wait of each.</summary>
internal sealed class QueueEnumerator<T>(GreenQueue<T> queue, CancellationToken cancellationToken) : IAsyncEnumerator<T>, IValueTaskSource<bool>
{
    private IValueTaskSource<T>? _next;

    public T Current { get; private set; } = default!;

    public ValueTask<bool> MoveNextAsync()
    {
        var waiter = new Waiter(cancellationToken);
        if (waiter.Refusal is { } refusal)
        {
            return Failed.Task<bool>(refusal);
        }

        if (waiter.MayGoOn && queue.TryGet(out T item))
        {
            Current = item;
            return new ValueTask<bool>(true);
        }

        _next = waiter.StartSource(queue.Getter(waiter), Timeout.InfiniteTimeSpan, out short token);
        return new ValueTask<bool>(this, token);
    }

    public ValueTask DisposeAsync() => default;

    public bool GetResult(short token)
    {
        try
        {
            Current = _next!.GetResult(token);
            return true;
        }
        catch (Exception error) when (queue.IsEnd(error))
        {
            Current = default!;
            return false;
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _next!.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _next!.OnCompleted(continuation, state, token, flags);
}
