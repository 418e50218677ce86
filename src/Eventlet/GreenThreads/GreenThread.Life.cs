using System.Runtime.CompilerServices;

namespace Eventlet;

// From its spawn to its end. The hub's thread runs all of this, except that one that has not begun may be ended anywhere: an
// atomic step decides between its start and its end.
public partial class GreenThread
{
    private const int Unbegun = 0;
    private const int Running = 1;
    private const int Ended = 2;

    private readonly bool _isDetached;
    private int _life;

    /// <summary>The body, a Func&lt;Task&gt;; null while it is called the first time; from then on its task.</summary>
    private object? _code;

    /// <summary>
    /// What it begins in, an ExecutionContext; of a delayed one the timer, which has that. While the body is called the first time the body, for its name. Null from then on.
    /// </summary>
    private object? _beginning;
    private bool _watchesBody;
    private volatile bool _isObserved;
    private GreenThreadEnding _ending;

    /// <summary>The links of the hub's list of greenthreads.</summary>
    internal GreenThread? NextOfHub;
    internal GreenThread? PreviousOfHub;

    /// <summary>Whether it stands in that list.</summary>
    internal bool IsEnlisted;

    /// <summary>1 while its beginning is in the hub's inbox.</summary>
    internal byte IsExpected;

    /// <summary>Whose it is, if somebody keeps account of it.</summary>
    internal IGreenThreadWatcher? Watcher;

    /// <summary>Whether the last await of a hub's wait in this turn was the body's own.</summary>
    private bool _awaitsItself;

    /// <summary>What async code in it sees as its SynchronizationContext.</summary>
    internal GreenContext Context => field ??= new GreenContext(this);

    internal bool HasBegun => Volatile.Read(ref _life) != Unbegun;

    /// <summary>The task of the body; null before it has begun.</summary>
    internal Task? Body => _code as Task;

    /// <summary>What those who wait for it get instead of success.</summary>
    internal Exception? Failure => EndError is GreenletExit && !HasValue ? null : EndError;

    internal bool IsSettled => _ending.IsSettled;

    internal ref GreenThreadEnding Ending => ref _ending;

    /// <summary>What ended it, if not the end of its body.</summary>
    private protected Exception? EndError => _trouble?.EndError;

    private protected virtual bool HasValue => false;

    /// <summary>Puts it into the queue now, or when a delay is over.</summary>
    internal void ScheduleAfter(TimeSpan delay)
    {
        long deadline = Hub.Time.DeadlineAfter(delay);
        if (deadline == long.MaxValue)
        {
            deadline--;
        }

        if (Hub.IsCurrent)
        {
            DelayedStart start = Delay(deadline, isInInbox: false);
            Hub.Enlist(this);
            start.Arm(Hub);
        }
        else
        {
            Hub.EnqueueStart(this, Delay(deadline, isInInbox: true));
            Hub.LaunchFromPool();
        }
    }

    private DelayedStart Delay(long deadline, bool isInInbox)
    {
        var start = new DelayedStart(this, (ExecutionContext?)_beginning, deadline, isInInbox);
        _beginning = start;
        return start;
    }

    /// <summary>Runs the body up to its first wait.</summary>
    internal void Start(Hub hub)
    {
        if (Interlocked.CompareExchange(ref _life, Running, Unbegun) != Unbegun)
        {
            return;
        }

        var body = (Func<Task>)_code!;
        ExecutionContext? context = _beginning is DelayedStart delayed ? delayed.Context : (ExecutionContext?)_beginning;
        _beginning = body;
        _code = null;
        hub.FirstAwaiter = null;
        hub.NoteStep(body);
        hub.Enlist(this);
        hub.EnterGreen(this, inContext: true);
        if (context is not null)
        {
            ExecutionContext.Restore(context);
        }

        try
        {
            _code = body() ?? throw new InvalidOperationException("the body of a greenthread returned null instead of a task");
        }
        catch (Exception error)
        {
            _code = Task.FromException(error);
        }

        _beginning = null;
        _awaitsItself = ReferenceEquals(hub.FirstAwaiter, _code);
        hub.FirstAwaiter = null;

        LeaveTurn();
    }

    /// <summary>After each stretch of its code: has the body ended, and if not, will its end be noticed?</summary>
    internal void LeaveTurn()
    {
        if (Volatile.Read(ref _life) != Running)
        {
            return;
        }

        Task body = Unsafe.As<Task>(_code!);
        if (body.IsCompleted)
        {
            End(TaskOutcome.ErrorOf(body));
            return;
        }

        if (_mustEnd)
        {
            AskToEnd();
        }

        if (!_watchesBody && !_awaitsItself)
        {
            // If the last wait of the hub was awaited by the body itself (its state machine is its task), the body goes on here, and
            // its end is seen here. Otherwise it may end anywhere: the task must tell. That costs an object, so only when needed.
            _watchesBody = true;
            _ = body.ContinueWith(static (_, green) => ((GreenThread)green!).BodyEnded(), this,
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Told what a wait of this greenthread is awaited by; nearly always its body.</summary>
    internal void NoteAwaiter(object? awaiter)
    {
        if (_code is { } body)
        {
            _awaitsItself = ReferenceEquals(awaiter, body);
        }
        else
        {
            // The body has not returned its task yet.
            Hub.FirstAwaiter = awaiter;
        }
    }

    /// <summary>A turn begins.</summary>
    internal void ForgetAwaiter() => _awaitsItself = false;

    private void BodyEnded()
    {
        if (!ReferenceEquals(Current, this))
        {
            Hub.Submit(new CallbackItem(LeaveTurn));
        }
    }

    private void End(Exception? error)
    {
        if (error is OperationCanceledException canceled && IsFromKill(canceled))
        {
            error = _trouble!.KillError;
        }

        Hub.Delist(this);
        Hub.CurrentGreen = this;
        Settle(error, Ended);
    }

    /// <summary>Ends one that has not begun, on whatever thread.</summary>
    private bool EndUnbegun(Exception error)
    {
        if (Interlocked.CompareExchange(ref _life, Ended, Unbegun) != Unbegun)
        {
            return false;
        }

        _code = null;
        NoteKill(error);
        Hub.NoLongerExpected(this);
        CancelToken();
        if (Hub.IsCurrent)
        {
            LeaveUnbegun();
        }
        else if (!Hub.IsDisposed)
        {
            Hub.Enqueue(new CallbackItem(LeaveUnbegun));
        }

        Settle(error, Ended);
        return true;
    }

    private void LeaveUnbegun()
    {
        if (_beginning is DelayedStart start)
        {
            Hub.Timers.Remove(start);
        }

        _beginning = null;

        Hub.Delist(this);
    }

    /// <summary>Tells everybody: links first, in order, then waiters.</summary>
    private void Settle(Exception? error, int life)
    {
        if (error is not null)
        {
            Trouble.EndError = error;
            WasKilled = error is GreenletExit || ReferenceEquals(error, _trouble!.KillError);
        }

        UnwatchDelivery();
        Volatile.Write(ref _life, life);
        Watcher?.Ended(this, Failure);
        if (!_ending.TrySettle())
        {
            TellAudience();
        }

        if (error is not null and not GreenletExit)
        {
            if (_isDetached)
            {
                Hub.ReportUnhandled(error);
            }
            else if (!_isObserved && !WasKilled)
            {
                Volatile.Write(ref Trouble.Unobserved, new UnobservedFailure(Hub, error));
                if (_isObserved)
                {
                    MarkObserved();
                }
            }
        }
    }

    private void TellAudience()
    {
        while (_ending.TakeLink() is { } link)
        {
            try
            {
                link(this);
            }
            catch (Exception failure)
            {
                Hub.ReportUnhandled(failure);
            }
        }

        _ending.ReleaseWaiters();
    }

    /// <summary>The hub was dropped: nothing of it runs any more, and whoever waits elsewhere learns why.</summary>
    internal void Abandon(Exception reason)
    {
        Hub.NoLongerExpected(this);
        if (IsDead || (Volatile.Read(ref _life) == Unbegun && Interlocked.CompareExchange(ref _life, Ended, Unbegun) != Unbegun))
        {
            // Ended before, perhaps by a Kill on another thread just now.
            return;
        }

        Trouble.EndError = reason;
        _isObserved = true;
        UnwatchDelivery();
        AbandonWaits(reason);
        Volatile.Write(ref _life, Ended);
        _ending.DropLinks();
        Watcher?.Ended(this, reason);
        _ending.ReleaseWaiters();
    }

    /// <summary>Somebody cares about its end: its error is his.</summary>
    private protected void MarkObserved()
    {
        _isObserved = true;
        if (_trouble is { } trouble && Volatile.Read(ref trouble.Unobserved) is { } failure)
        {
            trouble.Unobserved = null;
            GC.SuppressFinalize(failure);
        }
    }

    /// <summary>Its watcher answers for its error.</summary>
    internal void TakeOver() => MarkObserved();

    /// <summary>Waits for its end without taking its error over.</summary>
    internal async Task EndedAsync()
    {
        try
        {
            await JoinAsync();
        }
        catch (Exception error) when (ReferenceEquals(error, EndError))
        {
            // Its end was waited for, not its outcome.
        }
    }
}
