namespace Eventlet.Tests.RandomOperations;

// Waits: what ends them, and who is told.
internal sealed partial class ModelHub
{
    /// <summary>A wait begins, unless something is due that it raises instead.</summary>
    internal void Begin(ModelWait wait)
    {
        ModelGreen green = wait.Green!;
        wait.Scope = green.Scope;
        if (Interruption(green, wait.Token) is { } interruption)
        {
            See("resumes", green.Number, 0, interruption);
        }
        else if (!EndsAtOnce(wait))
        {
            Arm(wait);
        }
    }

    private Exception? Interruption(ModelGreen green, ModelToken? token)
    {
        if (green.Pending is { } pending)
        {
            green.Pending = null;
            return pending;
        }

        ModelScope? over = null;
        for (ModelScope? scope = green.Scope; scope is not null; scope = scope.Outer)
        {
            // Which was over first; of equals the one that was made first.
            if (!scope.IsSpent && scope.Deadline <= (over?.Deadline ?? Now))
            {
                over = scope;
            }
        }

        return over?.Raise() ?? (token is { IsCancelled: true } ? Errors.Cancelled : null);
    }

    /// <summary>What needs no wait, or cannot have one.</summary>
    private bool EndsAtOnce(ModelWait wait)
    {
        ModelGreen green = wait.Green!;
        switch (wait.Kind)
        {
            case WaitKind.Join when wait.Target == green:
                See("resumes", green.Number, 0, Errors.Refused);
                return true;
            case WaitKind.Join when wait.Target!.IsDead && !wait.Target.HasValue && --green.Immediate >= 0:
                See("resumes", green.Number, 0, wait.Target.Failure);
                return true;
            case WaitKind.Descriptor when !wait.Channel!.IsOpen:
                See("resumes", green.Number, 0, Errors.Closed);
                return true;
            case WaitKind.Descriptor when wait.Channel!.Waiter(wait.Direction) is not null:
                See("resumes", green.Number, 0, Errors.Refused);
                return true;
            default:
                return false;
        }
    }

    private void Arm(ModelWait wait)
    {
        WaitsOnLoan++;
        wait.IsPending = true;
        wait.Polls = _polls;
        wait.Green!.Waits.Add(wait);
        switch (wait.Kind)
        {
            case WaitKind.Join when wait.Target!.IsDead:
                TargetEnded(wait);
                break;
            case WaitKind.Join:
                wait.Target!.Joiners.Add(wait);
                break;
            case WaitKind.Descriptor or WaitKind.Receive:
                wait.Channel!.SetWaiter(wait.Direction, wait);
                break;
            case WaitKind.Sleep when wait.Deadline == long.MinValue:
                Complete(wait);
                break;
            default:
                break;
        }

        if (wait.IsPending)
        {
            ArmDeadline(wait);
            wait.Token?.Wait = wait;
        }
    }

    /// <summary>A receive, of which the socket's own state decides whether it is tried at once: any way will do, if only the bytes are there.</summary>
    /// <returns>Whether what the socket did is legal.</returns>
    internal bool BeginReceive(ModelWait wait, bool isOver, bool isQueued)
    {
        ModelGreen green = wait.Green!;
        wait.Scope = green.Scope;
        ModelChannel channel = wait.Channel!;
        if (Interruption(green, wait.Token) is { } interruption)
        {
            See("resumes", green.Number, 0, interruption);
            return isOver;
        }

        if (!channel.IsOpen || channel.Reader is not null)
        {
            See("resumes", green.Number, 0, channel.IsOpen ? Errors.Refused : Errors.Closed);
            return isOver;
        }

        if (isOver)
        {
            See("resumes", green.Number, Take(channel, wait.Room));
            return true;
        }

        Arm(wait);
        if (isQueued)
        {
            wait.Value = Take(channel, wait.Room);
            Complete(wait);
        }

        return true;
    }

    private void ArmDeadline(ModelWait wait)
    {
        long deadline = wait.Deadline;
        wait.DueScope = null;
        for (ModelScope? scope = wait.Scope; scope is not null; scope = scope.Outer)
        {
            if (!scope.IsSpent && scope.Deadline <= deadline && scope.Deadline != long.MaxValue)
            {
                deadline = scope.Deadline;
                wait.DueScope = scope;
            }
        }

        if (deadline != long.MaxValue)
        {
            wait.Timer = new ModelTimer(deadline, () => TimeOut(wait));
            AddTimer(wait.Timer);
        }
    }

    private void TimeOut(ModelWait wait)
    {
        if (wait.DueScope is { } scope)
        {
            if (scope.IsCancelled)
            {
                ArmDeadline(wait);
            }
            else
            {
                Complete(wait, scope.Raise());
            }
        }
        else if (wait.TimeoutError is not null && wait.Polls == _polls)
        {
            // A descriptor is looked at once before its time-out counts.
            _afterPoll.Add(wait);
        }
        else
        {
            Complete(wait, wait.TimeoutError);
        }
    }

    /// <summary>The first cause ends it.</summary>
    private void Complete(ModelWait wait, Exception? error = null)
    {
        if (!wait.IsPending)
        {
            return;
        }

        wait.IsPending = false;
        wait.Error = error;
        if (wait.Timer is { } timer)
        {
            _timers.Remove(timer);
        }

        wait.Green?.Waits.Remove(wait);
        wait.Target?.Joiners.Remove(wait);
        if (wait.Channel is { } channel && channel.Waiter(wait.Direction) == wait)
        {
            channel.Waiter(wait.Direction) = null;
        }

        _ready.Enqueue(() => Deliver(wait));
    }

    private void Deliver(ModelWait wait)
    {
        wait.IsDelivered = true;
        if (wait.Kind == WaitKind.Call)
        {
            return;
        }

        WaitsOnLoan--;
        ModelGreen green = wait.Green!;
        if (green.OnItsWay is not null && green.OnItsWay == wait.Error)
        {
            green.OnItsWay = null;
        }

        green.Immediate = ImmediatePerResume;
        See("resumes", green.Number, wait.Error is null ? wait.Value : 0, wait.Error);
    }

    internal void CancelToken(ModelToken token, bool isRemote)
    {
        if (token.IsCancelled)
        {
            return;
        }

        token.IsCancelled = true;
        if (token.Wait is not { IsPending: true } wait)
        {
            return;
        }

        if (isRemote)
        {
            _inbox.Enqueue(() => Complete(wait, Errors.Cancelled));
        }
        else
        {
            Complete(wait, Errors.Cancelled);
        }
    }

    /// <summary>It throws into itself.</summary>
    internal void ThrowSelf(ModelGreen green, Exception error, bool isKill)
    {
        green.KillError = isKill ? error : green.KillError;
        See("resumes", green.Number, 0, error);
    }

    /// <summary>A foreign await has ended: the greenthread queues behind the others.</summary>
    internal void EndForeign(ModelGreen green, bool isRemote)
    {
        WaitsOnLoan += isRemote ? 0 : 1;
        Submit(isRemote, () =>
        {
            WaitsOnLoan -= isRemote ? 0 : 1;
            green.Immediate = ImmediatePerResume;
            See("resumes", green.Number);
        });
    }

    /// <summary>A blocking call outside MAINLOOP waits for a greenthread.</summary>
    internal ModelWait BeginCall(ModelGreen target)
    {
        var wait = new ModelWait(WaitKind.Call, null) { Target = target };
        _inbox.Enqueue(() =>
        {
            wait.IsPending = true;
            target.Joiners.Add(wait);
        });
        return wait;
    }

    /// <summary>The call is interrupted, and its wait ended.</summary>
    internal void GiveUp(ModelWait call) => Complete(call);
}
