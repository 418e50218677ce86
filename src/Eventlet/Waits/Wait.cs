using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Eventlet.Waits;

/// <summary>
/// One wait of one waiter: pooled by the hub on whose thread alone its fields are touched. Every cause that may end it
/// (readiness, time-out, kill, token, close) calls <see cref="Complete"/>; the first one wins, disarms the others and puts
/// the wait on the ready queue once. A cause from another thread carries the version, so a recycled wait is never hit.
/// </summary>
/// <remarks>
/// A wait begun by a greenthread has an <see cref="Owner"/> and resumes through the ready queue. A wait begun elsewhere has an
/// <see cref="Outside"/> instead, which takes the result over to where its awaiter lives.
/// </remarks>
internal abstract partial class Wait : HubItem, IValueTaskSource
{
    private protected enum Phase : byte
    {
        /// <summary>In the pool, or made and not begun.</summary>
        Fresh,

        /// <summary>Begun; some cause will end it.</summary>
        Pending,

        /// <summary>Ended, on the ready queue.</summary>
        Completed,

        /// <summary>Taken from the ready queue: its awaiter may have the result.</summary>
        Delivered,

        /// <summary>Ended for nobody: what it had taken was given back.</summary>
        Lost,
    }

    private static readonly Action<object?> s_runInContext = static state => ((FlowedContinuation)state!).Run();

    private protected Phase State;
    private bool _resumeInContext;

    /// <summary>Stays when it has been called: for async methods it is always the same, and to store it again would cost more than to look.</summary>
    private Action<object?>? _continuation;
    private bool _isAwaited;
    private object? _continuationState;
    private long _ownDeadline;
    private WaitLimits? _limits;

    /// <summary>Whether the object came from a hub's pool and goes back there; a wait begun outside a hub is the collector's.</summary>
    internal bool IsPooled;

    /// <summary>The hub whose thread touches this wait.</summary>
    internal Hub Hub = null!;

    /// <summary>The greenthread that waits, or null.</summary>
    internal GreenThread? Owner;

    /// <summary>Where the result goes when no greenthread of this hub waits for it.</summary>
    internal OutsideWait? Outside
    {
        get => _limits?.Outside;
        set => (_limits ??= new WaitLimits()).Outside = value;
    }

    /// <summary>The links of the owner's list of pending waits, oldest first.</summary>
    internal Wait? OlderWait;
    internal Wait? NewerWait;

    /// <summary>Whether the backend is doing the operation: it is taken back before another cause ends the wait.</summary>
    private protected bool IsSubmitted;

    /// <summary>What ended it, if not success.</summary>
    internal Exception? Error;

    /// <summary>Tells this use of the object from its earlier and later ones.</summary>
    internal short Version;

    internal bool IsPending => State == Phase.Pending;

    /// <summary>Whether nobody has begun it yet.</summary>
    internal bool IsFresh => State == Phase.Fresh;

    /// <summary>What awaits it: of an async method, the object that is its state. Null before it is awaited.</summary>
    internal object? Awaiter => _continuationState;

    /// <summary>What is waited for, as it follows the name of who waits.</summary>
    internal virtual string Describe() => $"is in {GetType().Name}";

    /// <summary>Begins a wait: from here on its causes may end it. An error in arming them is thrown, and nothing is left behind.</summary>
    /// <param name="hub">The hub, on whose thread this is.</param>
    /// <param name="owner">The greenthread that waits; null for one begun outside.</param>
    /// <param name="deadline">When it times out, in nanoseconds of the hub's clock; MaxValue: never.</param>
    /// <param name="scope">The innermost time-out scope around it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    internal void Begin(Hub hub, GreenThread? owner, long deadline, GreenTimeout? scope, CancellationToken cancellationToken)
    {
        Prepare(deadline, scope, cancellationToken);
        SetHub(hub);
        Owner = owner;
        BeginPrepared();
    }

    /// <summary>Begins one that is over already, and only waits for its turn in the ready queue.</summary>
    internal void BeginReady(Hub hub, GreenThread owner)
    {
        SetHub(hub);
        Owner = owner;
        State = Phase.Completed;
        hub.Ready.Push(this);
    }

    /// <summary>A wait from a pool has the hub already: to store a reference costs more than to look.</summary>
    private void SetHub(Hub hub)
    {
        if (!ReferenceEquals(Hub, hub))
        {
            Hub = hub;
        }
    }

    /// <summary>Sets what limits a wait that will begin on the hub's thread later.</summary>
    internal void Prepare(long deadline, GreenTimeout? scope, CancellationToken cancellationToken)
    {
        _ownDeadline = deadline;
        if (scope is not null || cancellationToken.CanBeCanceled)
        {
            WaitLimits limits = _limits ??= new WaitLimits();
            limits.Scope = scope;
            limits.Token = cancellationToken;
        }
    }

    private void BeginPrepared()
    {
        State = Phase.Pending;
        Owner?.AddWait(this);
        try
        {
            Arm();
        }
        catch
        {
            State = Phase.Fresh;
            Owner?.RemoveWait(this);
            throw;
        }

        if (State == Phase.Pending && (_ownDeadline != long.MaxValue || _limits?.Scope is not null))
        {
            ArmDeadlineOrFail();
        }

        if (State == Phase.Pending && _limits is { Token.CanBeCanceled: true } limits)
        {
            limits.Registration = WaitCancellation.Register(this, limits.Token);
        }
    }

    private void ArmDeadlineOrFail()
    {
        try
        {
            ArmDeadline();
        }
        catch (Exception error)
        {
            // A clock of the user's own has failed; the wait is armed already, so it ends as any other does.
            Complete(error);
        }
    }

    /// <summary>Enters whatever list will complete the wait.</summary>
    private protected virtual void Arm()
    {
    }

    /// <summary>Ends the wait; only the first cause does. False also if it was decided before, by another thread, how it ends.</summary>
    internal bool Complete(Exception? error = null)
    {
        if (State != Phase.Pending || (IsSubmitted && !TakeBack()))
        {
            return false;
        }

        bool isDecided = false;
        if (error is not null && IsDecided(out Exception? outcome))
        {
            isDecided = true;
            error = outcome;
        }

        State = Phase.Completed;
        Error = error;
        Disarm();
        if (Outside is { } outside && !outside.TryClaim() && KeepsForNext)
        {
            // Now, not in its turn on the ready queue: whoever stands before it there may ask for what comes next.
            GiveBack();
        }
        else
        {
            Hub.Ready.Push(this);
        }

        return !isDecided;
    }

    /// <summary>
    /// Whether somebody on another thread has decided how it ends, and that is on its way to this hub: then it ends so, and whatever else would end
    /// it now comes at the next wait. If not, from here on nobody elsewhere decides it any more.
    /// </summary>
    private protected virtual bool IsDecided(out Exception? outcome)
    {
        outcome = null;
        return false;
    }

    /// <summary>Takes a submitted operation back. When this returns nothing uses its memory any more.</summary>
    /// <returns>Whether the wait is still pending; else the operation had ended, and with it the wait.</returns>
    private protected virtual bool TakeBack() => true;

    /// <summary>The token's cause: an <see cref="OperationCanceledException"/> that carries it.</summary>
    internal void CancelBy(short version, CancellationToken fired)
    {
        if (version == Version && State == Phase.Pending && fired == _limits?.Token)
        {
            Complete(new OperationCanceledException(fired));
        }
    }

    /// <summary>Takes the wait out of whatever may still end it.</summary>
    private void Disarm()
    {
        if (IsArmed)
        {
            Hub.Timers.Remove(this);
        }

        Owner?.RemoveWait(this);
        if (_limits is { Token.CanBeCanceled: true } limits)
        {
            // Unregister, not Dispose: Dispose may wait for a callback that runs on another thread.
            limits.Registration.Unregister();
        }

        OnDisarm();
    }

    /// <summary>Leaves a list that would complete the wait.</summary>
    private protected virtual void OnDisarm()
    {
    }

    /// <summary>The wait's own deadline has passed.</summary>
    private protected virtual void OnTimeout() => Complete();

    /// <summary>Ends a wait whose time-out was put off until the backend had been asked once more.</summary>
    internal void DecideTimeout(short version)
    {
        if (version == Version && State == Phase.Pending)
        {
            Complete(TimeoutError());
        }
    }

    /// <summary>What a time-out of the wait's own raises.</summary>
    private protected virtual Exception? TimeoutError() => null;

    /// <inheritdoc/>
    internal sealed override void Run(Hub hub)
    {
        if (State != Phase.Completed)
        {
            // Or lost: its waiter outside was told otherwise while it stood here.
            if (State == Phase.Fresh)
            {
                BeginFromInbox(hub);
            }

            return;
        }

        State = Phase.Delivered;
        if (Outside is { } outside)
        {
            Outside = null;
            outside.Take(this);
            return;
        }

        if (Error is { } error)
        {
            Owner?.Arrived(error);
        }

        if (!_isAwaited)
        {
            return;
        }

        object? state = _continuationState;
        _isAwaited = false;
        _continuationState = null;
        hub.Resume(Owner, _resumeInContext, _continuation!, state);
    }

    private void BeginFromInbox(Hub hub)
    {
        if (Outside is { IsOver: true })
        {
            return;
        }

        try
        {
            Hub = hub;
            BeginPrepared();
        }
        catch (Exception error) when (State == Phase.Fresh)
        {
            // The error of a wait belongs to its waiter, wherever that is.
            State = Phase.Pending;
            Complete(error);
        }
    }

    /// <summary>Moves a finished wait's outcome to its awaiter and gives the object back.</summary>
    private protected void Consume(short token)
    {
        if (token != Version || State != Phase.Delivered)
        {
            throw new InvalidOperationException("the result of this wait was taken already, or is not there yet: await a ValueTask once");
        }

        Exception? error = Error;
        Release();
        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Back to the pool of the hub, if this is its thread; elsewhere the object is left to the collector.</summary>
    internal void Release()
    {
        unchecked
        {
            Version++;
        }

        State = Phase.Fresh;
        Owner = null;
        Error = null;
        _limits?.Clear();

        OnRelease();
        if (IsPooled && ReferenceEquals(Hub.Running, Hub))
        {
            ReturnToPool(Hub);
        }
    }

    /// <summary>Forgets buffers and results.</summary>
    private protected virtual void OnRelease()
    {
    }

    private protected abstract void ReturnToPool(Hub hub);

    /// <summary>Whether the awaiter may go on: not before the wait has come through the ready queue.</summary>
    public ValueTaskSourceStatus GetStatus(short token)
    {
        if (token != Version)
        {
            throw new InvalidOperationException("this ValueTask was awaited already");
        }

        return State != Phase.Delivered ? ValueTaskSourceStatus.Pending
            : Error is null ? ValueTaskSourceStatus.Succeeded
            : Error is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    /// <summary>Takes the continuation. Never throws: an exception here would end the process.</summary>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0
            && ExecutionContext.Capture() is { } context)
        {
            state = new FlowedContinuation(context, continuation, state);
            continuation = s_runInContext;
        }

        if (!ReferenceEquals(Hub.Running, Hub))
        {
            AttachLater(continuation, state, token, flags);
            return;
        }

        Attach(continuation, state, token, flags);
    }

    // Handed to another thread: the attaching happens on the hub's, where the fields belong. Closures stand in methods of their own, since
    // they are allocated where the method begins.
    private void AttachLater(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Hub.Enqueue(new CallbackItem(() => Attach(continuation, state, token, flags)));

    // A second await: its GetResult finds that out and throws, in the awaiter and its greenthread.
    private void RefuseLater(Action<object?> continuation, object? state)
    {
        GreenThread? awaiter = Hub.CurrentGreen;
        Hub.Ready.Push(new CallbackItem(() => Hub.Resume(awaiter, inContext: true, continuation, state)));
    }

    private void Attach(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if (token != Version || _isAwaited)
        {
            RefuseLater(continuation, state);
            return;
        }

        _resumeInContext = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0;
        _continuationState = state;
        _isAwaited = true;
        if (!ReferenceEquals(_continuation, continuation))
        {
            _continuation = continuation;
        }

        Owner?.NoteAwaiter(state);

        if (State == Phase.Delivered)
        {
            State = Phase.Completed;
            Hub.Ready.Push(this);
        }
    }

    void IValueTaskSource.GetResult(short token) => Consume(token);

    private sealed class FlowedContinuation(ExecutionContext context, Action<object?> continuation, object? state)
    {
        internal void Run() => ExecutionContext.Run(context, static self =>
        {
            var flowed = (FlowedContinuation)self!;
            flowed.Invoke();
        }, this);

        private void Invoke() => continuation(state);
    }
}

/// <summary>A wait that yields a value.</summary>
internal abstract class Wait<T> : Wait, IValueTaskSource<T>
{
    internal T Result = default!;

    public T GetResult(short token)
    {
        T result = Result;
        Consume(token);
        return result;
    }

    private protected override void OnRelease()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Result = default!;
        }
    }
}
