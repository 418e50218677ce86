namespace Eventlet.Synchronization;

/// <summary>What waits stand in line for. Its state is behind a <see cref="Gate"/>; what its waits see of each other is decided there.</summary>
internal interface ILine<T>
{
    /// <summary>Gives a wait what is there, or puts it at the end of the line. On the thread of the wait's hub.</summary>
    void Arm(LineWait<T> wait);

    /// <summary>Takes a wait out of the line; false: it does not stand there, since it was handed something. Any thread.</summary>
    bool TryLeave(LineWait<T> wait);

    /// <summary>Takes back what was handed to a wait whose waiter is gone, for the next one. Any thread.</summary>
    void TakeBack(T value);

    /// <summary>What a wait gets whose own time is over: its result is set, or an error returned.</summary>
    Exception? TimeOut(LineWait<T> wait);
}
