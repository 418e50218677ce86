namespace Eventlet.Waits;

/// <summary>A wait for the end of a greenthread, as its list of waiters sees it; the links are guarded by that list's lock.</summary>
internal interface IJoin
{
    Wait Wait { get; }

    IJoin? NextJoin { get; set; }

    IJoin? PreviousJoin { get; set; }

    bool IsJoined { get; set; }

    /// <summary>Whether the hub of the greenthread is held in the loop for this.</summary>
    bool HoldsLoop { get; set; }

    /// <summary>The greenthread has ended. On the thread of the wait's hub.</summary>
    void TargetEnded(short version);
}

/// <summary>A wait for the end of a greenthread.</summary>
internal sealed class JoinWait : Wait, IJoin
{
    /// <summary>The greenthread that is waited for.</summary>
    internal GreenThread? Target { get; set; }

    /// <summary>Whether the wait's own deadline came first.</summary>
    internal bool TimedOut { get; private set; }

    Wait IJoin.Wait => this;

    IJoin? IJoin.NextJoin { get; set; }

    IJoin? IJoin.PreviousJoin { get; set; }

    bool IJoin.IsJoined { get; set; }

    bool IJoin.HoldsLoop { get; set; }

    private protected override void Arm() => Joining.Enter(this, Target!);

    private protected override void OnDisarm() => Joining.Leave(this, Target!);

    private protected override void OnAbandoned() => Joining.Leave(this, Target!);

    private protected override void OnTimeout()
    {
        TimedOut = true;
        Complete();
    }

    public void TargetEnded(short version)
    {
        if (version == Version)
        {
            Complete(Target!.Failure);
        }
    }

    private protected override void OnRelease()
    {
        if (IsPooled)
        {
            Target = null;
        }
    }

    internal override string Describe() => $"waits for the end of {Target}";

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<JoinWait>().Return(this);
}

/// <summary>A wait for the value of a greenthread.</summary>
internal sealed class JoinWait<T> : Wait<T>, IJoin
{
    /// <summary>The greenthread that is waited for.</summary>
    internal GreenThread<T>? Target { get; set; }

    Wait IJoin.Wait => this;

    IJoin? IJoin.NextJoin { get; set; }

    IJoin? IJoin.PreviousJoin { get; set; }

    bool IJoin.IsJoined { get; set; }

    bool IJoin.HoldsLoop { get; set; }

    private protected override void Arm() => Joining.Enter(this, Target!);

    private protected override void OnDisarm() => Joining.Leave(this, Target!);

    private protected override void OnAbandoned() => Joining.Leave(this, Target!);

    public void TargetEnded(short version)
    {
        if (version == Version)
        {
            Exception? error = Target!.Failure;
            if (error is null)
            {
                Result = Target.Value;
            }

            Complete(error);
        }
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Target = null;
    }

    internal override string Describe() => $"waits for the end of {Target}";

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<JoinWait<T>>().Return(this);
}

internal static class Joining
{
    /// <summary>Begins one from a pool; if its greenthread may not wait for that end, it goes back there.</summary>
    internal static void Begin(Wait join, Hub hub, GreenThread waiter, GreenTimeout? scope)
    {
        try
        {
            join.Begin(hub, waiter, long.MaxValue, scope, default);
        }
        catch
        {
            join.Release();
            throw;
        }
    }

    internal static void Enter(IJoin join, GreenThread target)
    {
        Wait wait = join.Wait;
        if (wait.Owner is not null && ReferenceEquals(wait.Owner, target))
        {
            throw new InvalidOperationException("a greenthread cannot wait for its own end");
        }

        if (!target.Ending.AddWaiter(join))
        {
            join.TargetEnded(wait.Version);
            return;
        }

        // A greenthread of a hub that nobody runs, or that its owner runs for no longer than a blocking call takes, would never end.
        if (!ReferenceEquals(target.Hub, wait.Hub))
        {
            join.HoldsLoop = true;
            target.Hub.Outsiders.Hold();
            if (target.Hub.LaunchIfIdle() is { } failure)
            {
                wait.Complete(failure);
            }
        }
    }

    internal static void Leave(IJoin join, GreenThread target)
    {
        target.Ending.RemoveWaiter(join);
        if (join.HoldsLoop)
        {
            join.HoldsLoop = false;
            target.Hub.Outsiders.Unhold();
        }
    }
}
