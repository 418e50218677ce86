namespace Eventlet.Pools;

/// <summary>A call on its way to a thread, and its outcome on its way back.</summary>
internal abstract class BridgeCall
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    /// <summary>Whether its caller stood in line for the outcome before it could begin: if he does not any more, nobody wants it.</summary>
    protected bool IsAwaited { get; set; }

    internal void Run()
    {
        if (_context is null)
        {
            Call();
        }
        else
        {
            ExecutionContext.Run(_context, static call => ((BridgeCall)call!).Call(), this);
        }
    }

    protected abstract void Call();
}

/// <inheritdoc/>
internal sealed class BridgeCall<T>(Func<T> call) : BridgeCall
{
    private readonly GreenEvent<T> _done = new();

    internal ValueTask<T> WaitAsync(CancellationToken cancellationToken)
    {
        ValueTask<T> outcome = _done.WaitAsync(cancellationToken);
        IsAwaited = _done.Waiting > 0;
        return outcome;
    }

    internal ValueTask WaitPlainAsync(CancellationToken cancellationToken)
    {
        ValueTask outcome = _done.WaitPlainAsync(cancellationToken);
        IsAwaited = _done.Waiting > 0;
        return outcome;
    }

    internal T Wait() => _done.Wait();

    protected override void Call()
    {
        if (IsAwaited && _done.Waiting == 0)
        {
            return;
        }

        T result;
        try
        {
            result = call();
        }
        catch (Exception error)
        {
            _done.SendException(error);
            return;
        }

        _done.Send(result);
    }
}
