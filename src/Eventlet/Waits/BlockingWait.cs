using System.Runtime.ExceptionServices;

namespace Eventlet.Waits;

/// <summary>A blocking call outside MAINLOOP: its thread either runs the loop itself until this is over, or sleeps until it is.</summary>
internal sealed class BlockingWait(Hub hub) : OutsideWait(hub)
{
    // Never disposed: the setter may still be inside when the waiter returns, and the event holds no kernel object.
    private readonly ManualResetEventSlim _done = new();
    private Exception? _error;

    private protected override void Deliver(Wait wait)
    {
        _error = wait.Error;
        _done.Set();
    }

    private protected override void Deliver(Exception error)
    {
        _error = error;
        _done.Set();
    }

    /// <summary>Ends it without a wait of its own.</summary>
    internal void Succeed()
    {
        if (TryEnd())
        {
            _done.Set();
        }
    }

    /// <summary>Sleeps until it is over; somebody else runs the loop.</summary>
    internal void Join() => _done.Wait();

    /// <summary>Throws what ended it, if not success.</summary>
    internal void ThrowIfFailed()
    {
        // Whoever reads this has seen IsOver or the event, both set after the error.
        _done.Wait();
        if (_error is not null)
        {
            ExceptionDispatchInfo.Throw(_error);
        }
    }
}
