namespace Eventlet.Synchronization;

/// <summary>Waits in the order of their coming. Behind the gate of the object that has it.</summary>
internal struct WaitLine<T>
{
    private LineWait<T>? _first;
    private LineWait<T>? _last;

    internal int Count { get; private set; }

    internal void Add(LineWait<T> wait)
    {
        wait.Previous = _last;
        if (_last is null)
        {
            _first = wait;
        }
        else
        {
            _last.Next = wait;
        }

        _last = wait;
        wait.IsListed = true;
        Count++;
    }

    /// <summary>Takes one out; false: it does not stand here.</summary>
    internal bool Remove(LineWait<T> wait)
    {
        if (!wait.IsListed)
        {
            return false;
        }

        if (wait.Previous is { } previous)
        {
            previous.Next = wait.Next;
        }
        else
        {
            _first = wait.Next;
        }

        if (wait.Next is { } next)
        {
            next.Previous = wait.Previous;
        }
        else
        {
            _last = wait.Previous;
        }

        wait.Previous = wait.Next = null;
        wait.IsListed = false;
        Count--;
        return true;
    }

    /// <summary>Takes the first one whose hub has not been dropped.</summary>
    internal LineWait<T>? Take()
    {
        while (_first is { } wait)
        {
            Remove(wait);
            if (!wait.Hub.IsDisposed)
            {
                return wait;
            }
        }

        return null;
    }
}
