namespace Eventlet.Tests.RandomOperations;

// Greenthreads: their beginning and end, and how exceptions reach them.
internal sealed partial class ModelHub
{
    internal void Spawn(ModelGreen green, bool isRemote)
    {
        GreenThreads++;
        green.IsCounted = true;
        green.IsInInbox = isRemote;
        Submit(isRemote, () => Start(green));
    }

    internal void SpawnAfter(ModelGreen green, long delay, bool isRemote)
    {
        GreenThreads++;
        green.IsCounted = true;
        green.IsInInbox = isRemote;
        green.Start = new ModelTimer(Now + delay, () => _ready.Enqueue(() => Start(green)));
        if (!isRemote)
        {
            AddTimer(green.Start);
            return;
        }

        _inbox.Enqueue(() =>
        {
            if (!green.IsDead)
            {
                green.IsInInbox = false;
                AddTimer(green.Start);
            }
        });
    }

    private void Start(ModelGreen green)
    {
        if (green.Life == Life.Unbegun)
        {
            green.Life = Life.Running;
            green.IsInInbox = false;
            green.Immediate = ImmediatePerResume;
            See("begins", green.Number);
        }
    }

    /// <summary>Its body has ended.</summary>
    internal void End(ModelGreen green, Exception? error)
    {
        Discount(green);
        Settle(green, error, isRemote: false);
    }

    private void Discount(ModelGreen green)
    {
        GreenThreads -= green.IsCounted ? 1 : 0;
        green.IsCounted = false;
    }

    private bool EndUnbegun(ModelGreen green, Exception error, bool isRemote)
    {
        if (green.Life != Life.Unbegun)
        {
            return false;
        }

        green.KillError = error;
        if (green.IsInInbox)
        {
            Discount(green);
        }

        void Leave()
        {
            Discount(green);
            _timers.Remove(green.Start ?? new ModelTimer(0, static () => { }));
        }

        if (isRemote)
        {
            _inbox.Enqueue(Leave);
        }
        else
        {
            Leave();
        }

        Settle(green, error, isRemote);
        return true;
    }

    private void Settle(ModelGreen green, Exception? error, bool isRemote)
    {
        green.EndError = error;
        green.WasKilled = error is GreenletExit || (error is not null && error == green.KillError);
        green.Life = Life.Dead;
        foreach (ModelLink link in green.Links)
        {
            if (link.Cancels is { } other)
            {
                Cancel(other, Errors.Exit, isRemote);
                continue;
            }

            RunLink(green, link);
        }

        green.Links.Clear();
        foreach (ModelWait joiner in green.Joiners.ToArray())
        {
            green.Joiners.Remove(joiner);
            if (isRemote)
            {
                _inbox.Enqueue(() => TargetEnded(joiner));
            }
            else
            {
                TargetEnded(joiner);
            }
        }

        if (green.IsDetached && error is not null and not GreenletExit)
        {
            See("unhandled", 0, 0, error);
        }
    }

    private void RunLink(ModelGreen green, ModelLink link)
    {
        See("link", link.Number, green.Number, green.Failure);
        if (link.Throws is { } error)
        {
            See("unhandled", 0, 0, error);
        }
    }

    private void TargetEnded(ModelWait joiner)
    {
        joiner.Value = joiner.Target!.HasValue ? joiner.Target.Number : 0;
        Complete(joiner, joiner.Target.Failure);
    }

    /// <summary>Links; a link to one that has ended runs here and now, and what it throws is the caller's.</summary>
    internal void Link(ModelGreen green, ModelLink link)
    {
        if (green.IsDead)
        {
            See("link", link.Number, green.Number, green.Failure);
        }
        else
        {
            green.Links.Add(link);
        }
    }

    internal static bool Unlink(ModelGreen green, ModelLink link) => green.Links.Remove(link);

    internal void Cancel(ModelGreen green, Exception error, bool isRemote) => EndUnbegun(green, error, isRemote);

    internal void Kill(ModelGreen green, Exception error, bool isRemote)
    {
        if (!EndUnbegun(green, error, isRemote))
        {
            OnHub(green, isRemote, () => Interrupt(green, error, isKill: true));
        }
    }

    internal void Throw(ModelGreen green, Exception error, bool isRemote) => OnHub(green, isRemote, () => Interrupt(green, error, isKill: false));

    /// <summary>Resumes its SwitchAsync.</summary>
    /// <returns>False: it is not in one, and the caller is refused.</returns>
    internal bool Switch(ModelGreen green, long value, bool isRemote)
    {
        bool done = false;
        OnHub(green, isRemote, () =>
        {
            if (green.Waits.Find(static wait => wait.Kind == WaitKind.Switch) is { } wait)
            {
                done = true;
                wait.Value = value;
                Complete(wait);
            }
            else if (isRemote)
            {
                See("unhandled", 0, 0, Errors.Refused);
            }
        });
        return done || isRemote;
    }

    private void OnHub(ModelGreen green, bool isRemote, Action action)
    {
        if (!isRemote)
        {
            action();
        }
        else if (!green.IsDead)
        {
            _inbox.Enqueue(action);
        }
    }

    // At most one exception is pending; the first stays. Suspended: all its waits fail, oldest first. Else it comes at its next wait.
    private void Interrupt(ModelGreen green, Exception error, bool isKill)
    {
        if (green.IsDead || green.Pending is not null || green.OnItsWay is not null)
        {
            return;
        }

        if (isKill)
        {
            green.KillError = error;
        }

        if (green.Waits.Count == 0)
        {
            green.Pending = error;
            return;
        }

        green.OnItsWay = error;
        while (green.Waits.Count > 0)
        {
            Complete(green.Waits[0], error);
        }
    }
}
