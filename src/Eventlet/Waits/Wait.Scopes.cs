namespace Eventlet.Waits;

// What time and the scopes around a wait do to it.
internal abstract partial class Wait
{
    /// <inheritdoc/>
    internal sealed override void OnDue(Hub hub)
    {
        if (State != Phase.Pending)
        {
            return;
        }

        GreenTimeout? due = _limits?.DueScope;
        if (due is null)
        {
            OnTimeout();
        }
        else if (!due.IsCancelled)
        {
            CompleteBy(due);
        }
        else
        {
            // The scope that set this deadline was left meanwhile: what remains is armed again.
            ArmDeadline();
        }
    }

    /// <summary>Whether a scope that ends ends this wait too.</summary>
    internal bool IsInside(GreenTimeout scope)
    {
        GreenTimeout? around = _limits?.Scope;
        while (around is not null && !ReferenceEquals(around, scope))
        {
            around = around.OuterInForce;
        }

        return around is not null;
    }

    /// <summary>Whether it is inside a shield, so that nothing from outside its scopes ends it.</summary>
    internal bool IsShielded => _limits?.Scope is { IsShielded: true };

    /// <summary>A scope around it is over. One that is decided already keeps that; then the scope still has its exception to raise.</summary>
    internal bool CompleteBy(GreenTimeout scope) => State == Phase.Pending
        && (IsDecided(out Exception? outcome) ? Complete(outcome) : Complete(scope.Raise()));

    /// <summary>Arms one timer for the earliest of the wait's own deadline and those of the scopes around it.</summary>
    private protected void ArmDeadline()
    {
        long deadline = _ownDeadline;
        GreenTimeout? dueScope = null;
        for (GreenTimeout? scope = _limits?.Scope; scope is not null; scope = scope.OuterInForce)
        {
            // Of equal deadlines the one that was set first counts: the outermost.
            if (!scope.IsSpent && scope.DeadlineOn(Hub) is var due && due <= deadline && due != long.MaxValue)
            {
                deadline = due;
                dueScope = scope;
            }
        }

        if (_limits is { } limits)
        {
            limits.DueScope = dueScope;
        }

        if (deadline != long.MaxValue)
        {
            Hub.Timers.Add(this, deadline);
        }
    }
}
