using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// An async method that a hub runs: it has an identity, is resumed on the hub's own thread, and can be waited for, linked to, timed
/// out and killed. Awaitable, more than once, by many.
/// </summary>
/// <remarks>
/// No call here ever runs another greenthread inside itself: what it sets off goes through the ready queue of the greenthread's hub.
/// All members work from any thread; on another thread than the hub's they take effect in the hub's next turn, except that <see cref="Kill"/> and
/// <see cref="Cancel"/> of a greenthread that has not begun take effect at once.
/// </remarks>
public partial class GreenThread
{
    internal GreenThread(Hub hub, Func<Task> body, bool isDetached)
    {
        Hub = hub;
        _code = body;
        _isDetached = isDetached;
        _beginning = ExecutionContext.Capture();
        hub.Debug.NoteSpawn(this);
    }

    /// <summary>The greenthread that is running on this thread; null in a plain thread, in callbacks, and wherever MAINLOOP is not running.</summary>
    public static GreenThread? Current => Hub.Running?.CurrentGreen;

    /// <summary>The hub that runs it.</summary>
    public Hub Hub { get; }

    /// <summary>Whether it has ended, or was abandoned with its hub.</summary>
    public bool IsDead => Volatile.Read(ref _life) == Ended;

    /// <summary>Whether a Kill, or a <see cref="GreenletExit"/>, has ended it.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>What its body awaits when it is not a wait of the hub: cancelled by <see cref="Kill"/>, so hand it to foreign APIs. After a Kill that was caught it is a fresh one.</summary>
    public CancellationToken CancellationToken => TokenForBody();

    /// <summary>
    /// Raises an exception in it. Suspended in waits of the hub: all of them fail with it. Ready to go on: it comes at the next wait of the hub. Awaiting
    /// something foreign: <see cref="CancellationToken"/> is cancelled. Not begun: it ends in this call and never runs. On itself: thrown from here. Dead: nothing.
    /// At most one is pending at a time; the first stays.
    /// </summary>
    /// <param name="exception">What is raised; null: a <see cref="GreenletExit"/>.</param>
    public void Kill(Exception? exception = null)
    {
        exception ??= new GreenletExit();
        if (EndUnbegun(exception))
        {
            return;
        }

        if (ReferenceEquals(Current, this))
        {
            NoteKill(exception);
            CancelToken();
            ExceptionDispatchInfo.Throw(exception);
        }

        OnHub(() => Interrupt(exception, isKill: true));
    }

    /// <summary>Ends it if it has not begun; otherwise nothing.</summary>
    /// <param name="exception">What its waiters get; null: a <see cref="GreenletExit"/>.</param>
    public void Cancel(Exception? exception = null) => EndUnbegun(exception ?? new GreenletExit());

    /// <summary>Resumes its <see cref="Hub.SwitchAsync"/>, which returns the value.</summary>
    /// <param name="value">Any value.</param>
    /// <exception cref="InvalidOperationException">It is not in SwitchAsync. From another thread that is reported as unhandled, since it is found out later.</exception>
    public void Switch(object? value = null)
    {
        if (Hub.IsCurrent)
        {
            CompleteSwitch(value);
        }
        else
        {
            SwitchLater(value);
        }
    }

    /// <summary>Interrupts the waits of the hub that it is in, or its next one. On itself: thrown from here.</summary>
    /// <param name="exception">What is raised in it.</param>
    public void Throw(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (ReferenceEquals(Current, this))
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        OnHub(() => Interrupt(exception, isKill: false));
    }

    /// <summary>Calls back when it ends, in it, in the order of linking, before its waiters resume; at once, here, if it has ended.</summary>
    /// <param name="callback">Gets this greenthread. What escapes it is reported as unhandled and stops no other link.</param>
    public void Link(Action<GreenThread> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        MarkObserved();
        if (!_ending.AddLink(callback))
        {
            callback(this);
        }
    }

    /// <summary>Takes one link back.</summary>
    /// <param name="callback">As given to <see cref="Link"/>.</param>
    /// <returns>Whether it was linked.</returns>
    public bool Unlink(Action<GreenThread> callback) => _ending.RemoveLink(callback);

    /// <summary>Blocks until it has ended, and throws what ended it. Outside MAINLOOP only.</summary>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP: await it.</exception>
    public void Wait() => Join(Timeout.InfiniteTimeSpan);

    /// <summary>Blocks until it has ended or the time is over. Outside MAINLOOP only.</summary>
    /// <param name="timeout">Zero only looks; <see cref="Timeout.InfiniteTimeSpan"/> never ends; other negative values count as zero.</param>
    /// <returns>Whether it has ended; what ended it is thrown.</returns>
    public bool Wait(TimeSpan timeout) => Join(timeout);

    /// <summary>A task that ends as the greenthread does, for Task.WhenAll and Task.WhenAny.</summary>
    public Task AsTask() => GreenThreadTask.Of<bool>(this, static _ => true);

    /// <summary>Makes it awaitable.</summary>
    public ValueTaskAwaiter GetAwaiter() => JoinAsync().GetAwaiter();

    /// <summary>A name for people: a number that is its own for its life, as good as certainly, and the method that is its body.</summary>
    public override string ToString()
    {
        // Any thread: in this order one of the three is the body, or its task, at whatever moment they are read.
        string? body = Diagnostics.AsyncMethod.NameOf(Volatile.Read(ref _code) ?? Volatile.Read(ref _beginning) ?? Volatile.Read(ref _code));
        return $"greenthread #{RuntimeHelpers.GetHashCode(this):X}{(body is null ? "" : $" of {body}")}{(IsDead ? ", ended" : HasBegun ? "" : ", not begun")}";
    }

    private void SwitchLater(object? value) => OnHub(() => CompleteSwitch(value));

    private protected bool Join(TimeSpan timeout)
    {
        Blocking.RefuseInMainloop("GreenThread.Wait", "the greenthread");
        MarkObserved();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(Hub) is { } due)
        {
            ExceptionDispatchInfo.Throw(due.Raise());
        }

        if (!_ending.IsSettled)
        {
            var join = new JoinWait { Target = this };
            join.Prepare(Hub.Time.DeadlineAfter(timeout), scope, default);
            Hub.Block(join);
            if (join.TimedOut)
            {
                return false;
            }
        }

        ThrowIfFailed();
        return true;
    }

    internal void ThrowIfFailed()
    {
        if (Failure is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Waits for its end and takes its error over.</summary>
    internal ValueTask JoinAsync()
    {
        MarkObserved();
        Hub? hub = Hub.Running;
        if (hub?.CurrentGreen is { } waiter)
        {
            if (waiter.Interruption(hub, default, out GreenTimeout? scope) is { } interruption)
            {
                return ValueTask.FromException(interruption);
            }

            if (_ending.IsSettled && hub.MayGoOn())
            {
                return Failure is { } error ? ValueTask.FromException(error) : default;
            }

            JoinWait join = hub.Rent<JoinWait>();
            join.Target = this;
            Joining.Begin(join, hub, waiter, scope);
            return new ValueTask(join, join.Version);
        }

        GreenTimeout? outer = GreenTimeout.CurrentFor(null);
        if (outer?.Due(Hub) is { } due)
        {
            return ValueTask.FromException(due.Raise());
        }

        if (_ending.IsSettled)
        {
            return Failure is { } error ? ValueTask.FromException(error) : default;
        }

        var outside = new JoinWait { Target = this };
        outside.Prepare(long.MaxValue, outer, default);
        return Hub.BeginOutside<bool>(outside).AsPlainValueTask();
    }
}
