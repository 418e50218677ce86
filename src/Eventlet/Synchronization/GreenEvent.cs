using System.Runtime.ExceptionServices;
using Eventlet.Synchronization;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// Holds one value, or one exception, for any number of waiters: those who wait when it is sent are resumed in the order of their coming, those who come later have it at once.
/// In steady state a wait allocates nothing.
/// </summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <remarks>Any thread and any hub may use it; the blocking forms outside MAINLOOP only. There is nothing to dispose; waiters of a hub that is dropped leave.</remarks>
public sealed class GreenEvent<T> : ILine<T>
{
    private Gate _gate = new();
    private WaitLine<T> _line;
    private volatile bool _isReady;
    private T _value = default!;
    private Exception? _error;

    /// <summary>Whether something was sent. Any thread; a snapshot.</summary>
    public bool Ready => _isReady;

    /// <summary>Whether a value was sent. Any thread; a snapshot.</summary>
    public bool HasResult => _isReady && _error is null;

    /// <summary>Whether an exception was sent. Any thread; a snapshot.</summary>
    public bool HasException => _isReady && _error is not null;

    /// <summary>How many wait. Any thread; a snapshot.</summary>
    public int Waiting => _line.Count;

    /// <summary>Sends the value. Never waits, and runs nobody inside itself. Any thread, also in callbacks.</summary>
    /// <param name="value">For all waiters, of now and later.</param>
    /// <exception cref="InvalidOperationException">Something was sent already; what was sent stays.</exception>
    public void Send(T value) => Send(value, null);

    /// <summary>Sends an exception, which is thrown in each waiter: the same object. Any thread, also in callbacks.</summary>
    /// <param name="error">For all waiters, of now and later.</param>
    /// <exception cref="InvalidOperationException">Something was sent already; what was sent stays.</exception>
    public void SendException(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        Send(default!, error);
    }

    /// <summary>Makes it fresh again. Who was resumed by what was sent before still gets that. Any thread.</summary>
    /// <exception cref="InvalidOperationException">It is fresh.</exception>
    public void Reset()
    {
        using Gate.Held _ = _gate.Enter();
        if (!_isReady)
        {
            throw new InvalidOperationException("the event cannot be reset: nothing was sent");
        }

        _isReady = false;
        _error = null;
        _value = default!;
    }

    /// <summary>What was sent, if anything was. Any thread, also in callbacks.</summary>
    /// <param name="value">The value; an exception that was sent is thrown.</param>
    public bool TryGet(out T value)
    {
        bool isReady = TryLook(out value, out Exception? error);
        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return isReady;
    }

    /// <summary>Waits for what is sent. Any thread.</summary>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public ValueTask<T> WaitAsync(CancellationToken cancellationToken = default) => WaitAsync(Timeout.InfiniteTimeSpan, default!, cancellationToken);

    /// <summary>Waits for what is sent, but not for ever. Any thread.</summary>
    /// <param name="timeout">Infinite: no limit; zero and less: one turn of the hub.</param>
    /// <param name="timeoutValue">What is returned when the time is over; that is no error, and the event stays as it is.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public ValueTask<T> WaitAsync(TimeSpan timeout, T timeoutValue = default!, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(cancellationToken);
        if (waiter.Refusal is { } refusal)
        {
            return Failed.Task<T>(refusal);
        }

        if (_isReady && waiter.MayGoOn && TryLook(out T value, out Exception? error))
        {
            return error is null ? new ValueTask<T>(value) : ValueTask.FromException<T>(error);
        }

        LineWait<T> wait = waiter.Rent<LineWait<T>>();
        wait.Line = this;
        wait.TimeoutValue = timeoutValue;
        return waiter.Start(wait, timeout);
    }

    /// <summary>As <see cref="WaitAsync(CancellationToken)"/>, without the value.</summary>
    internal ValueTask WaitPlainAsync(CancellationToken cancellationToken)
    {
        var waiter = new Waiter(cancellationToken);
        if (waiter.Refusal is { } refusal)
        {
            return Failed.Task(refusal);
        }

        LineWait<T> wait = waiter.Rent<LineWait<T>>();
        wait.Line = this;
        return waiter.StartPlain(wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Blocks until something is sent. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public T Wait() => Wait(Timeout.InfiniteTimeSpan);

    /// <summary>Blocks until something is sent or the time is over. Outside MAINLOOP only.</summary>
    /// <param name="timeout">Infinite: no limit; zero and less only look.</param>
    /// <param name="timeoutValue">What is returned when the time is over.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public T Wait(TimeSpan timeout, T timeoutValue = default!)
    {
        var waiter = Waiter.Blocking("GreenEvent.Wait", "WaitAsync");
        return TryGet(out T value) ? value : waiter.Block(new LineWait<T> { Line = this, TimeoutValue = timeoutValue }, timeout);
    }

    /// <summary>What it holds, and how many wait.</summary>
    public override string ToString() => $"event: {(HasException ? "an exception" : Ready ? "a value" : "nothing sent")}, {Waiting} waiting";

    private bool TryLook(out T value, out Exception? error)
    {
        using Gate.Held _ = _gate.Enter();
        value = _value;
        error = _error;
        return _isReady;
    }

    private void Send(T value, Exception? error)
    {
        using Gate.Held _ = _gate.Enter();
        if (_isReady)
        {
            throw new InvalidOperationException("the event was sent already: make a new one, or reset it");
        }

        _value = value;
        _error = error;
        _isReady = true;

        // Nothing is ever taken back here, so telling them runs nothing that would want to enter.
        while (_line.Take() is { } wait)
        {
            wait.Hand(value, error).Deliver();
        }
    }

    void ILine<T>.Arm(LineWait<T> wait)
    {
        bool isReady;
        T value;
        Exception? error;
        using (_gate.Enter())
        {
            isReady = _isReady;
            value = _value;
            error = _error;
            if (!isReady)
            {
                _line.Add(wait);
            }
        }

        if (isReady)
        {
            wait.Accept(value, error);
        }
    }

    bool ILine<T>.TryLeave(LineWait<T> wait)
    {
        using Gate.Held _ = _gate.Enter();
        return _line.Remove(wait);
    }

    void ILine<T>.TakeBack(T value)
    {
        // What was sent is there for everybody.
    }

    Exception? ILine<T>.TimeOut(LineWait<T> wait)
    {
        wait.Result = wait.TimeoutValue;
        return null;
    }
}
