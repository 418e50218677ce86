namespace Eventlet.Waits;

/// <summary>All who wait for a hub from outside its greenthreads. Any thread, under a lock of its own.</summary>
internal sealed class OutsideTable
{
    private readonly Lock _lock = new();
    private OutsideWait? _first;
    private Func<Exception>? _closed;
    private Exception? _interruption;
    private int _needLoop;

    /// <summary>Whether somebody waits who cannot make the loop run himself.</summary>
    internal bool AnyNeedsLoop => Volatile.Read(ref _needLoop) > 0;

    /// <summary>Whether nobody waits.</summary>
    internal bool IsEmpty => Volatile.Read(ref _first) is null;

    /// <summary>Enters one; throws what the hub was dropped with, if it was. An interruption that found nobody ends it at once.</summary>
    internal void Add(OutsideWait wait)
    {
        Exception? interruption;
        lock (_lock)
        {
            if (_closed is not null)
            {
                throw _closed();
            }

            wait.Next = _first;
            if (_first is not null)
            {
                _first.Previous = wait;
            }

            _first = wait;
            wait.IsListed = true;
            _needLoop += wait.NeedsLoop ? 1 : 0;
            interruption = _interruption;
            _interruption = null;
        }

        if (interruption is not null)
        {
            wait.Fail(interruption);
        }
    }

    /// <summary>Notes that one is awaited on a thread that does not run the hub.</summary>
    internal void RequireLoop(OutsideWait wait)
    {
        lock (_lock)
        {
            if (wait.IsListed && !wait.NeedsLoop)
            {
                wait.NeedsLoop = true;
                _needLoop++;
            }
        }
    }

    /// <summary>Counts somebody in whom the table does not list, a greenthread of another hub, and for whom the loop must go on.</summary>
    internal void Hold()
    {
        lock (_lock)
        {
            _needLoop++;
        }
    }

    /// <summary>Counts him out.</summary>
    internal void Unhold()
    {
        lock (_lock)
        {
            _needLoop--;
        }
    }

    /// <summary>Takes one out; a second time does nothing.</summary>
    internal void Remove(OutsideWait wait)
    {
        lock (_lock)
        {
            if (!wait.IsListed)
            {
                return;
            }

            wait.IsListed = false;
            _needLoop -= wait.NeedsLoop ? 1 : 0;
            if (wait.Previous is null)
            {
                _first = wait.Next;
            }
            else
            {
                wait.Previous.Next = wait.Next;
            }

            if (wait.Next is not null)
            {
                wait.Next.Previous = wait.Previous;
            }

            wait.Previous = wait.Next = null;
        }
    }

    /// <summary>Fails everybody who waits now, and ends their waits. Only where the loop's state may be touched.</summary>
    internal void GiveUpAll(Func<Exception> error) => FailAll(error, static (wait, error) => wait.GiveUp(error));

    /// <summary>Fails everybody who waits now, since no loop can be had. Any thread.</summary>
    internal void FailAll(Func<Exception> error) => FailAll(error, static (wait, error) => wait.Fail(error, evenIfClaimed: true));

    // Those who come meanwhile are not among them: they were told by nobody that it would fail, and a loop that is launched for them may well run.
    private void FailAll(Func<Exception> error, Action<OutsideWait, Exception> fail)
    {
        foreach (OutsideWait wait in WaitingNow())
        {
            fail(wait, error());
        }
    }

    private List<OutsideWait> WaitingNow()
    {
        var waiting = new List<OutsideWait>();
        lock (_lock)
        {
            for (OutsideWait? wait = _first; wait is not null; wait = wait.Next)
            {
                waiting.Add(wait);
            }
        }

        return waiting;
    }

    /// <summary>Fails whoever waits inside a scope whose time is over. On the hub's thread.</summary>
    internal void FailInside(GreenTimeout scope)
    {
        var inside = new List<Wait>();
        lock (_lock)
        {
            for (OutsideWait? wait = _first; wait is not null; wait = wait.Next)
            {
                if (wait.Begun is { IsPending: true } begun && begun.IsInside(scope))
                {
                    inside.Add(begun);
                }
            }
        }

        foreach (Wait wait in inside.Where(_ => !scope.IsCancelled))
        {
            wait.CompleteBy(scope);
        }
    }

    /// <summary>Fails everybody who waits at this moment, and nobody who comes afterwards; if nobody waits, the next one who comes.</summary>
    internal void Interrupt(Func<Exception> error)
    {
        var waiting = new List<OutsideWait>();
        bool reached = false;
        while (!reached)
        {
            waiting.Clear();
            lock (_lock)
            {
                for (OutsideWait? wait = _first; wait is not null; wait = wait.Next)
                {
                    if (!wait.IsClaimed)
                    {
                        waiting.Add(wait);
                    }
                }

                if (waiting.Count == 0)
                {
                    _interruption = error();
                    return;
                }
            }

            // One that ends by itself meanwhile takes itself out; if all of them do, it is the next one's after all.
            foreach (OutsideWait wait in waiting)
            {
                reached |= wait.Fail(error());
            }
        }
    }

    /// <summary>Drops an interruption that found nobody: what it asked for is being done.</summary>
    internal void ForgetInterruption()
    {
        lock (_lock)
        {
            _interruption = null;
        }
    }

    /// <summary>Fails everybody, and from now on whoever comes; who has an outcome gets that from the loop. Any thread.</summary>
    internal void Close(Func<Exception> error)
    {
        Refuse(error);
        FailAll(error, static (wait, error) => wait.Fail(error));
    }

    /// <summary>As <see cref="Close"/>, for a hub that runs no more: what was waited for is abandoned. Only where the loop's state may be touched.</summary>
    internal void Drop(Func<Exception> error)
    {
        Refuse(error);
        FailAll(error, static (wait, error) =>
        {
            wait.Begun?.Abandon(error);
            wait.Fail(error, evenIfClaimed: true);
        });
    }

    private void Refuse(Func<Exception> error)
    {
        lock (_lock)
        {
            _closed ??= error;
        }
    }
}
