namespace Eventlet.Pools;

/// <summary>A function over a sequence on the workers of a pool: what was begun stands in a line, whose head is the next result.</summary>
internal sealed class PoolMap<TItem, TResult>(GreenPool pool, IEnumerable<TItem> source, Func<TItem, Task<TResult>> function)
    : IAsyncEnumerable<TResult>, IAsyncEnumerator<TResult>
{
    private readonly Queue<GreenThread<TResult>> _begun = new();
    private IEnumerator<TItem>? _items;
    private Exception? _sourceError;
    private bool _isItemRead;
    private bool _isAtEnd;

    public TResult Current { get; private set; } = default!;

    public IAsyncEnumerator<TResult> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (_items is not null)
        {
            throw new InvalidOperationException("the results of a map can be enumerated once");
        }

        _items = source.GetEnumerator();
        return this;
    }

    public async ValueTask<bool> MoveNextAsync()
    {
        await FillAsync();
        if (_begun.TryPeek(out GreenThread<TResult>? head))
        {
            // It leaves the line when its outcome was taken, not when its waiter is interrupted.
            Current = await OutcomeAsync(head);
            return true;
        }

        if (_sourceError is { } error)
        {
            _sourceError = null;
            throw new InvalidOperationException("reading the sequence has failed", error);
        }

        return false;
    }

    public ValueTask DisposeAsync()
    {
        _isAtEnd = true;
        while (_begun.TryDequeue(out GreenThread<TResult>? left))
        {
            left.Kill();
        }

        _items?.Dispose();
        return default;
    }

    private async ValueTask<TResult> OutcomeAsync(GreenThread<TResult> head)
    {
        try
        {
            TResult result = await head;
            _ = _begun.Dequeue();
            return result;
        }
        catch (Exception error) when (ReferenceEquals(error, head.Failure))
        {
            _ = _begun.Dequeue();
            throw;
        }
    }

    private async ValueTask FillAsync()
    {
        // The first one is worth waiting for; further ones only where there are places.
        while (!_isAtEnd && _begun.Count < Math.Max(1, pool.Size) && (_begun.Count == 0 || pool.Free > 0))
        {
            if (!_isItemRead && !TryRead())
            {
                return;
            }

            TItem item = _items!.Current;
            _begun.Enqueue(await pool.SpawnAsync(() => function(item)));
            _isItemRead = false;
        }
    }

    private bool TryRead()
    {
        try
        {
            _isItemRead = _items!.MoveNext();
        }
        catch (Exception error)
        {
            _sourceError = error;
        }

        _isAtEnd = !_isItemRead;
        return _isItemRead;
    }
}
