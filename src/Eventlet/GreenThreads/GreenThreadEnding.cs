using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// Who is told when a greenthread ends: links and waiters, each in the order of coming. Any thread; what it guards takes some ten instructions, so
/// a spin lock that is nearly always free. A part of its greenthread and no object of its own, so it is used where it stands; for most, of whom
/// nobody asks, it is one number, and their end one atomic step.
/// </summary>
internal struct GreenThreadEnding
{
    // Bits of the state.
    private const int Held = 1;
    private const int HasAudience = 2;
    private const int LinksDone = 4;
    private const int Settled = 8;

    private int _state;
    private List<Action<GreenThread>>? _links;

    /// <summary>The oldest waiter; what comes before it is the newest, so that one reference holds the list.</summary>
    private IJoin? _firstWaiter;

    /// <summary>Whether all links have run: the outcome is there for everybody.</summary>
    internal readonly bool IsSettled => (Volatile.Read(in _state) & Settled) != 0;

    /// <summary>Settles it at once, if there is nobody to tell.</summary>
    internal bool TrySettle() => Interlocked.CompareExchange(ref _state, LinksDone | Settled, 0) == 0;

    internal bool AddLink(Action<GreenThread> link)
    {
        int state = Enter();
        if ((state & LinksDone) != 0)
        {
            Exit(state);
            return false;
        }

        try
        {
            (_links ??= []).Add(link);
            state |= HasAudience;
        }
        finally
        {
            // Also for want of memory.
            Exit(state);
        }

        return true;
    }

    internal bool RemoveLink(Action<GreenThread> link)
    {
        int state = Enter();
        try
        {
            return _links?.Remove(link) ?? false;
        }
        finally
        {
            Exit(state);
        }
    }

    /// <summary>The next link to run; after the last one, further links run where they are made.</summary>
    internal Action<GreenThread>? TakeLink()
    {
        int state = Enter();
        Action<GreenThread>? link = null;
        if (_links is { Count: > 0 } links)
        {
            link = links[0];
            links.RemoveAt(0);
        }
        else
        {
            state |= LinksDone;
            _links = null;
        }

        Exit(state);
        return link;
    }

    internal void DropLinks()
    {
        int state = Enter();
        _links = null;
        Exit(state | LinksDone);
    }

    /// <summary>Enters a waiter; false if the greenthread has ended.</summary>
    internal bool AddWaiter(IJoin join)
    {
        int state = Enter();
        if ((state & Settled) != 0)
        {
            Exit(state);
            return false;
        }

        if (_firstWaiter is not { } first)
        {
            _firstWaiter = join;
        }
        else
        {
            IJoin newest = first.PreviousJoin ?? first;
            newest.NextJoin = join;
            join.PreviousJoin = newest;
            first.PreviousJoin = join;
        }

        join.IsJoined = true;
        Exit(state | HasAudience);
        return true;
    }

    internal void RemoveWaiter(IJoin join)
    {
        int state = Enter();
        if (join.IsJoined)
        {
            Unlink(join);
        }

        Exit(state);
    }

    internal void ReleaseWaiters()
    {
        while (true)
        {
            int state = Enter() | Settled;
            IJoin? join = _firstWaiter;
            Wait? wait = null;
            short version = 0;
            if (join is not null)
            {
                Unlink(join);
                wait = join.Wait;
                version = wait.Version;
            }

            Exit(state);
            if (wait is null)
            {
                return;
            }

            // A waiter of another hub, or one whose hub this thread does not run, is told by way of its own hub's inbox.
            if (wait.Hub.IsCurrent)
            {
                join!.TargetEnded(version);
            }
            else
            {
                wait.Hub.Enqueue(new JoinedItem(join!, version));
            }
        }
    }

    /// <summary>Takes the lock.</summary>
    /// <returns>The state to give to <see cref="Exit"/>.</returns>
    private int Enter()
    {
        var spinner = default(SpinWait);
        while (true)
        {
            int state = Volatile.Read(in _state);
            if ((state & Held) == 0 && Interlocked.CompareExchange(ref _state, state | Held, state) == state)
            {
                return state;
            }

            spinner.SpinOnce();
        }
    }

    private void Exit(int state) => Volatile.Write(ref _state, state);

    private void Unlink(IJoin join)
    {
        IJoin first = _firstWaiter!;
        IJoin? next = join.NextJoin;
        if (ReferenceEquals(join, first))
        {
            _firstWaiter = next;
            if (next is not null)
            {
                // With the last of them it is alone.
                next.PreviousJoin = next.NextJoin is null ? null : join.PreviousJoin;
            }
        }
        else
        {
            IJoin previous = join.PreviousJoin!;
            previous.NextJoin = next;
            if (next is not null)
            {
                next.PreviousJoin = previous;
            }
            else
            {
                first.PreviousJoin = ReferenceEquals(previous, first) ? null : previous;
            }
        }

        join.PreviousJoin = join.NextJoin = null;
        join.IsJoined = false;
    }

    private sealed class JoinedItem(IJoin join, short version) : HubItem
    {
        internal override void Run(Hub hub) => join.TargetEnded(version);
    }
}
