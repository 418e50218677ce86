using Eventlet.Descriptors;
using Eventlet.Diagnostics;

namespace Eventlet;

// Listeners, timers, the list of greenthreads, and where errors go that nobody waits for.
public sealed partial class Hub
{
    private GreenThread? _firstGreen;
    private int _greenThreadCount;

    /// <summary>How many greenthreads are in the inbox.</summary>
    private int _expectedCount;

    /// <summary>
    /// Told of errors that nobody waits for: what escapes a callback, a timer, async-void code or a greenthread of SpawnN, at once; what ended a spawned
    /// greenthread, when that is collected without anybody having waited for it or linked to it. The loop lives on. Raised on the hub's thread, or where the
    /// loss was noticed; what a handler throws goes to <see cref="HubOptions.OnUnhandled"/>.
    /// </summary>
    public event Action<Exception>? UnhandledException;

    /// <summary>Calls back whenever a descriptor is ready, as long as it is, until the listener is removed. Hub thread, or the owner's while no loop runs.</summary>
    /// <param name="evtype">The direction.</param>
    /// <param name="fd">An open descriptor.</param>
    /// <param name="callback">Gets the descriptor. What escapes it is reported as unhandled and removes this listener.</param>
    /// <param name="throwback">Gets the error if the descriptor is closed or cannot be watched; then the listener is removed.</param>
    /// <param name="markAsClosed">Called when the descriptor is announced as closed, before <paramref name="throwback"/>.</param>
    /// <exception cref="InvalidOperationException">On another thread; or a second listener for this direction of the descriptor, while <see cref="HubDebug.PreventMultipleReaders"/> is on.</exception>
    /// <exception cref="IOException">The system refuses the descriptor; nothing is left behind.</exception>
    public FdListener Add(FdEvent evtype, int fd, Action<int> callback, Action<Exception>? throwback = null, Action? markAsClosed = null)
    {
        if (evtype is not (FdEvent.Read or FdEvent.Write))
        {
            throw new ArgumentOutOfRangeException(nameof(evtype), evtype, "a listener is for reading or for writing");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(fd);
        ArgumentNullException.ThrowIfNull(callback);
        return WithState(nameof(Add), () =>
        {
            var listener = new FdListener(this, evtype, fd, callback, throwback, markAsClosed) { IsActive = true };
            Table.Add(Table.Of(fd), listener);
            return listener;
        });
    }

    /// <summary>Ends a listener: it is not called any more, also not for events that have come already. Hub thread, or the owner's while no loop runs.</summary>
    /// <param name="listener">Of this hub; one that is not active is left alone.</param>
    public void Remove(FdListener listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        WithState(nameof(Remove), () => RemoveListener(listener));
    }

    /// <summary>Calls back once, when a delay is over. Hub thread, or the owner's while no loop runs.</summary>
    /// <param name="delay">Zero and less: in the hub's next turn, after the backend was asked. Infinite: never.</param>
    /// <param name="callback">Runs in no greenthread, in the default ExecutionContext.</param>
    /// <exception cref="InvalidOperationException">On another thread.</exception>
    public HubTimer ScheduleCallGlobal(TimeSpan delay, Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return IsCurrent ? new HubTimer(this, delay, callback, null) : ScheduleIdle(nameof(ScheduleCallGlobal), delay, callback);
    }

    /// <summary>As <see cref="ScheduleCallGlobal"/>, but the call is dropped when the greenthread that scheduled it has ended.</summary>
    /// <param name="delay">Zero and less: in the hub's next turn, after the backend was asked. Infinite: never.</param>
    /// <param name="callback">Runs in no greenthread, in the default ExecutionContext.</param>
    /// <exception cref="InvalidOperationException">On another thread.</exception>
    public HubTimer ScheduleCallLocal(TimeSpan delay, Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return IsCurrent ? new HubTimer(this, delay, callback, CurrentGreen) : ScheduleIdle(nameof(ScheduleCallLocal), delay, callback);
    }

    // Apart, since a closure is allocated where its method begins.
    private HubTimer ScheduleIdle(string what, TimeSpan delay, Action callback) => WithState(what, () => new HubTimer(this, delay, callback, null));

    internal bool RemoveListener(FdListener listener)
    {
        if (!listener.IsActive)
        {
            return false;
        }

        listener.IsActive = false;
        Table.Remove(Table.Of(listener.Fd), listener);
        return true;
    }

    /// <summary>Ends all waits for a descriptor that is about to be closed, or whose number was handed out anew. Any thread.</summary>
    internal void AnnounceClose(int fd, long announcement)
    {
        if (IsCurrent)
        {
            Table.Close(fd, announcement, new IOClosedException());
        }
        else if (!IsDisposed && (IsRunning || !Table.IsEmpty || !_inbox.IsEmpty))
        {
            Enqueue(new CallbackItem(() => Table.Close(fd, announcement, new IOClosedException())));
        }
    }

    /// <summary>Ends a registration that lasted for its keeper's life. Any thread.</summary>
    internal void EndKeeping(FdRecord record, Keeper keeper, string what)
    {
        if (!IsCurrent)
        {
            // Should the number be handed out again before this is run, whoever waits for it finds its keeper gone.
            EndKeepingLater(record, keeper, what);
        }
        else if (ReferenceEquals(record.Keeper, keeper))
        {
            Table.Close(record, what);
        }
    }

    private void EndKeepingLater(FdRecord record, Keeper keeper, string what) => Enqueue(new CallbackItem(() => EndKeeping(record, keeper, what)));

    /// <summary>Does something with the hub's state: here on its thread, under the gate for the owner of one that is not running.</summary>
    internal T WithState<T>(string what, Func<T> action)
    {
        if (IsCurrent)
        {
            return action();
        }

        lock (_gate)
        {
            ThrowIfDisposed();
            if (_phase != HubPhase.Idle || !Owner.IsThisThread)
            {
                throw new InvalidOperationException($"Hub.{what} belongs to the hub's own thread: call it from a callback given to Hub.Post");
            }

            return action();
        }
    }

    /// <summary>Takes a timer out: at once where the hub's state may be touched, else in its next turn. Any thread.</summary>
    internal void Disarm(HubItem timer)
    {
        if (IsCurrent)
        {
            Timers.Remove(timer);
            return;
        }

        lock (_gate)
        {
            if (_phase == HubPhase.Idle && Owner.IsThisThread)
            {
                Timers.Remove(timer);
                return;
            }
        }

        DisarmLater(timer);
    }

    private void DisarmLater(HubItem timer) => Enqueue(new CallbackItem(() => Timers.Remove(timer)));

    /// <summary>Leaves the beginning of a greenthread in the inbox; it counts from now on.</summary>
    internal void EnqueueStart(GreenThread green, HubItem start)
    {
        Interlocked.Increment(ref _expectedCount);
        Volatile.Write(ref green.IsExpected, 1);
        Enqueue(start);
    }

    /// <summary>A greenthread is in the inbox no more: it was enlisted, or has ended before. Any thread.</summary>
    internal void NoLongerExpected(GreenThread green)
    {
        if (Volatile.Read(ref green.IsExpected) != 0 && Interlocked.Exchange(ref green.IsExpected, 0) != 0)
        {
            Interlocked.Decrement(ref _expectedCount);
        }
    }

    internal void Enlist(GreenThread green)
    {
        if (green.IsEnlisted)
        {
            return;
        }

        NoLongerExpected(green);
        green.IsEnlisted = true;
        _greenThreadCount++;
        green.NextOfHub = _firstGreen;
        if (_firstGreen is not null)
        {
            _firstGreen.PreviousOfHub = green;
        }

        _firstGreen = green;
    }

    internal void Delist(GreenThread green)
    {
        if (!green.IsEnlisted)
        {
            return;
        }

        green.IsEnlisted = false;
        _greenThreadCount--;
        if (green.PreviousOfHub is { } previous)
        {
            previous.NextOfHub = green.NextOfHub;
        }
        else
        {
            _firstGreen = green.NextOfHub;
        }

        if (green.NextOfHub is { } next)
        {
            next.PreviousOfHub = green.PreviousOfHub;
        }

        green.NextOfHub = green.PreviousOfHub = null;
    }

    /// <summary>Cancels a token under the context of callbacks, so that no continuation of a greenthread is run inside this call. Any thread.</summary>
    internal void CancelInCallback(CancellationTokenSource source)
    {
        SynchronizationContext? caller = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(Context);
        try
        {
            source.Cancel();
        }
        catch (AggregateException failures)
        {
            foreach (Exception failure in failures.InnerExceptions)
            {
                ReportUnhandled(failure);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(caller);
        }
    }

    /// <summary>Fails the waits of those outside that are inside a scope whose time is over. Any thread.</summary>
    internal void FailOutsidersInside(GreenTimeout scope)
    {
        if (!Outsiders.IsEmpty)
        {
            Submit(new CallbackItem(() => Outsiders.FailInside(scope)));
        }
    }

    /// <summary>Runs a callback of the user's in the midst of the hub's own work: its failure is reported, and the work goes on.</summary>
    internal void Guard(Action callback)
    {
        try
        {
            callback();
        }
        catch (Exception error)
        {
            ReportUnhandled(error);
        }
    }

    /// <summary>Reports an error that nobody waits for, on whatever thread it was noticed.</summary>
    internal void ReportUnhandled(Exception error)
    {
        HubEventSource.Log.Unhandled(Name, error);
        Interlocked.Increment(ref UnhandledErrors);
        Action<Exception>? handlers = UnhandledException;
        if (handlers is null)
        {
            ReportToOptions(error);
            return;
        }

        try
        {
            handlers(error);
        }
        catch (Exception failure)
        {
            ReportToOptions(failure);
        }
    }

    /// <summary>Reports, from a finalizer, what ended a greenthread that nobody has asked about.</summary>
    internal void ReportUnobserved(Exception error)
    {
        if (IsDisposed || !IsRunning)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.Hub.ReportUnhandled(state.Error), (Hub: this, Error: error), preferLocal: false);
        }
        else
        {
            Enqueue(new CallbackItem(() => ReportUnhandled(error)));
        }
    }

    private void ReportToOptions(Exception error)
    {
        try
        {
            (_options.OnUnhandled ?? UnhandledReport.ToStandardError)(error);
        }
        catch (Exception failure)
        {
            // The last resort has failed: the event source still has both.
            HubEventSource.Log.Unhandled(Name, failure);
        }
    }
}
