using Eventlet.Waits;

namespace Eventlet.Synchronization;

/// <summary>Counts something, and lets wait until there is none of it.</summary>
internal sealed class IdleLine : ILine<bool>
{
    private Gate _gate = new();
    private WaitLine<bool> _line;
    private int _count;

    internal int Count => Volatile.Read(ref _count);

    internal void Add()
    {
        using Gate.Held _ = _gate.Enter();
        _count++;
    }

    /// <summary>One less; false if there was none.</summary>
    internal bool TryRemove()
    {
        using Gate.Held _ = _gate.Enter();
        if (_count == 0)
        {
            return false;
        }

        if (--_count == 0)
        {
            // Nothing is ever taken back here, so telling them runs nothing that would want to enter.
            while (_line.Take() is { } wait)
            {
                wait.Hand(true).Deliver();
            }
        }

        return true;
    }

    internal ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var waiter = new Waiter(cancellationToken);
        if (waiter.Refusal is { } refusal)
        {
            return Failed.Task(refusal);
        }

        if (Count == 0 && waiter.MayGoOn)
        {
            return default;
        }

        LineWait<bool> wait = waiter.Rent<LineWait<bool>>();
        wait.Line = this;
        return waiter.StartPlain(wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Blocks; false if the time was over first.</summary>
    internal bool Wait(string call, string asyncForm, TimeSpan timeout)
    {
        var waiter = Waiter.Blocking(call, asyncForm);
        return Count == 0 || waiter.Block(new LineWait<bool> { Line = this }, timeout);
    }

    public override string ToString() => $"the end of {Count}";

    void ILine<bool>.Arm(LineWait<bool> wait)
    {
        bool isIdle;
        using (_gate.Enter())
        {
            isIdle = _count == 0;
            if (!isIdle)
            {
                _line.Add(wait);
            }
        }

        if (isIdle)
        {
            wait.Accept(true);
        }
    }

    bool ILine<bool>.TryLeave(LineWait<bool> wait)
    {
        using Gate.Held _ = _gate.Enter();
        return _line.Remove(wait);
    }

    void ILine<bool>.TakeBack(bool value)
    {
        // To have been told takes nothing from the others.
    }

    Exception? ILine<bool>.TimeOut(LineWait<bool> wait)
    {
        wait.Result = false;
        return null;
    }
}
