using Eventlet.Waits;

namespace Eventlet;

// MAINLOOP: what one thread does while it runs the hub. A turn takes the inbox, runs what is ready, fires what is due and asks
// the backend. Everything that resumes somebody goes through the ready queue.
public sealed partial class Hub
{
    /// <summary>How many ready items run before the backend is asked again: to ask costs as much as 10 to 20 switches, so a poll for each 256 is some 6 %.</summary>
    private const int ItemsPerTurn = 256;

    /// <summary>How many operations of one greenthread may succeed without a wait before it goes to the end of the queue.</summary>
    private const int ImmediatePerResume = 64;

    /// <summary>How often a clock of the user's own that moves meanwhile is armed anew: one that runs by itself never stands still.</summary>
    private const int ClockAttempts = 8;

    /// <summary>How long clean-up may go on when the hub cannot wait any more: a loop that swallows every error would never end.</summary>
    private const int TurnsAfterFault = 4096;

    /// <summary>Room for events of one Wait.</summary>
    private const int EventsPerWait = 256;

    [ThreadStatic]
    private static Hub? t_running;

    private readonly Inbox _inbox = new();
    private readonly ReadyEvent[] _readyEvents = new ReadyEvent[EventsPerWait];
    private readonly List<(Wait Wait, short Version)> _afterPoll = [];
    private HubBackend? _backend;
    private Thread? _backendThread;
    private ITimer? _clockTimer;
    private HubException? _fault;
    private HubException? _deafness;
    private int _turnsAfterFault = TurnsAfterFault;
    private int _sleeping;
    private int _immediate;
    private long _steps;
    private long _turns;
    private long _polls;
    private long _events;

    /// <summary>The hub whose MAINLOOP the calling thread runs.</summary>
    internal static Hub? Running => t_running;

    /// <summary>The greenthread that runs now; null in callbacks.</summary>
    internal GreenThread? CurrentGreen;

    /// <summary>What the last await of a wait was made of, in the first turn of the greenthread that runs.</summary>
    internal object? FirstAwaiter;

    /// <summary>Which step is being run, for the watchdog; 0 while the hub sleeps or is not running. Any thread.</summary>
    internal long StepInProgress => Volatile.Read(ref _sleeping) != 0 || !IsRunning ? 0 : Volatile.Read(ref _steps);

    /// <summary>How often the backend was asked.</summary>
    internal long Polls => _polls;

    /// <summary>Why the hub cannot wait any more.</summary>
    internal Exception? FaultError => _fault;

    /// <summary>Hands an item to the hub, from any thread: straight to the ready queue on its own.</summary>
    internal void Submit(HubItem item)
    {
        if (IsCurrent)
        {
            Ready.Push(item);
        }
        else
        {
            Enqueue(item);
        }
    }

    /// <summary>Leaves an item in the inbox and wakes the hub if it sleeps.</summary>
    internal void Enqueue(HubItem item)
    {
        _inbox.Push(item);
        WakeIfSleeping();
        if (_isGone)
        {
            DropInbox();
        }
    }

    // Pairs with Ask: there the flag is set before the inbox is looked at, here the item is pushed (a full fence) before the flag
    // is read. So either the hub sees the item or this thread sees the flag.
    private void WakeIfSleeping()
    {
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            WakeBackend();
        }
    }

    /// <summary>Runs MAINLOOP on this thread until a stop, or until the call that launched it is over.</summary>
    private void RunLoop(OutsideWait? call)
    {
        // Whatever the caller's contexts are, they are back afterwards; the loop runs in the default one.
        ExecutionContext.Run(DefaultExecutionContext.Value, static state =>
        {
            (Hub hub, OutsideWait? until) = ((Hub, OutsideWait?))state!;
            hub.RunTurns(until);
        }, (this, call));
    }

    private void RunTurns(OutsideWait? call)
    {
        t_running = this;
        try
        {
            OpenBackend();
            long polls = _polls;
            while (!MustReturn(call))
            {
                _turns++;
                _inbox.DrainTo(Ready);
                RunReady(call);

                // A call that is over already asks the backend once all the same: a plain thread that makes one such call after
                // another must starve neither timers nor descriptors.
                if (_stop != HubStop.None || (polls != _polls && MustReturn(call)))
                {
                    return;
                }

                FireTimers();
                if (_fault is null)
                {
                    Ask(call);
                }
                else if (Ready.Count == 0 || --_turnsAfterFault < 0)
                {
                    _stop = HubStop.Dispose;
                }
            }
        }
        finally
        {
            Table.Rest();
            CurrentGreen = null;
            t_running = null;
        }
    }

    /// <summary>A hub at fault goes on until its waiters have been told, even if the caller was told first.</summary>
    private bool MustReturn(OutsideWait? call) => _stop != HubStop.None || (call is { IsOver: true } && _fault is null && Volatile.Read(ref _deafness) is null);

    private void OpenBackend()
    {
        if (_backend is not null && _backendThread == Thread.CurrentThread)
        {
            return;
        }

        // MAINLOOP has moved: what the backend holds belongs to the thread that made it.
        CloseBackend();
        HubBackend backend = _factory.Create(_options);
        _backendThread = Thread.CurrentThread;
        Volatile.Write(ref _backend, backend);
        Table.Attach(backend);
    }

    private void CloseBackend()
    {
        HubBackend? backend = _backend;
        Volatile.Write(ref _backend, null);
        _backendThread = null;
        Table.Detach();

        // It may be a stranger's: its failure must keep neither this hub from ending nor the next backend from being made.
        Guard(() => backend?.Dispose());
    }

    private void RunReady(OutsideWait? call)
    {
        int budget = ItemsPerTurn;
        while (budget > 0)
        {
            try
            {
                while (budget-- > 0 && Ready.TryPop(out HubItem? item))
                {
                    _steps++;
                    item.Run(this);
                    LeaveItem();
                    if (MustReturn(call))
                    {
                        return;
                    }
                }

                return;
            }
            catch (Exception error)
            {
                LeaveItem();
                ReportUnhandled(error);
                if (MustReturn(call))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Nothing of one item may reach the next: neither its identity nor its ExecutionContext.</summary>
    private void LeaveItem()
    {
        CurrentGreen = null;
        ExecutionContext.Restore(DefaultExecutionContext.Value);
    }

    /// <summary>Runs a continuation as the greenthread that it belongs to.</summary>
    internal void Resume(GreenThread? green, bool inContext, Action<object?> continuation, object? state)
    {
        NoteStep(state);
        if (green is null || green.IsDead)
        {
            EnterCallback();
            continuation(state);
            return;
        }

        EnterGreen(green, inContext);
        try
        {
            continuation(state);
        }
        finally
        {
            green.LeaveTurn();
        }
    }

    /// <summary>
    /// Makes a greenthread the current one. Without <paramref name="inContext"/> its awaiter has declined the context (ConfigureAwait(false)):
    /// with none current, a chain of library methods continues inline instead of hopping to the thread pool at each level.
    /// </summary>
    internal void EnterGreen(GreenThread green, bool inContext)
    {
        CurrentGreen = green;
        _immediate = ImmediatePerResume;
        green.ForgetAwaiter();
        SynchronizationContext.SetSynchronizationContext(inContext ? green.Context : null);
    }

    /// <summary>Makes no greenthread current, for a callback.</summary>
    internal void EnterCallback()
    {
        CurrentGreen = null;
        SynchronizationContext.SetSynchronizationContext(Context);
    }

    /// <summary>Whether the running greenthread may go on with a result that is there already, instead of queueing behind the others.</summary>
    internal bool MayGoOn() => --_immediate >= 0;

    private void FireTimers()
    {
        long next = Timers.NextDeadline;
        if (next == long.MaxValue)
        {
            return;
        }

        // What is armed while these run belongs to the next pass: OnDue only queues, it runs nobody's code.
        if (Timers.Advance(Time.Now))
        {
            while (Timers.TakeDue() is { } entry)
            {
                entry.OnDue(this);
            }
        }
    }

    /// <summary>Decides a time-out only after the backend was asked once more.</summary>
    internal void DecideAfterPoll(Wait wait) => _afterPoll.Add((wait, wait.Version));

    private void Ask(OutsideWait? call)
    {
        if (Volatile.Read(ref _deafness) is { } deafness)
        {
            Fault(deafness);
            return;
        }

        TimeSpan timeout = SleepTime();
        if (timeout != TimeSpan.Zero)
        {
            Interlocked.Exchange(ref _sleeping, 1);
            if (!_inbox.IsEmpty || MustReturn(call))
            {
                timeout = TimeSpan.Zero;
            }
        }

        int count;
        try
        {
            count = _backend!.Wait(_readyEvents, timeout);
        }
        catch (Exception error)
        {
            Fault(new HubException($"the {Name} hub cannot wait any more: {error.Message}", error));
            return;
        }
        finally
        {
            Volatile.Write(ref _sleeping, 0);
        }

        _polls++;
        _events += count;
        for (int i = 0; i < count; i++)
        {
            Table.Dispatch(_readyEvents[i]);
        }

        if (_afterPoll.Count > 0)
        {
            DecideTimeouts();
        }
    }

    private void DecideTimeouts()
    {
        for (int i = 0; i < _afterPoll.Count; i++)
        {
            (Wait wait, short version) = _afterPoll[i];
            wait.DecideTimeout(version);
        }

        _afterPoll.Clear();
    }

    private TimeSpan SleepTime()
    {
        if (Ready.Count > 0 || _afterPoll.Count > 0)
        {
            return TimeSpan.Zero;
        }

        if (IsAbandoned)
        {
            _stop = HubStop.Dispose;
            return TimeSpan.Zero;
        }

        long deadline = Timers.NextDeadline;
        return Time.IsSystem ? Time.Until(deadline) : ArmClock(deadline);
    }

    /// <summary>With a clock of the user's own, the kernel's time-out means nothing: a timer of that clock wakes the hub.</summary>
    private TimeSpan ArmClock(long deadline)
    {
        if (deadline == long.MaxValue)
        {
            return Timeout.InfiniteTimeSpan;
        }

        _clockTimer ??= Clock.CreateTimer(static hub => ((Hub)hub!).WakeBackend(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        for (int attempt = 0; attempt < ClockAttempts; attempt++)
        {
            long before = Time.Now;
            if (deadline <= before)
            {
                return TimeSpan.Zero;
            }

            // If the clock is moved between reading and arming, the timer is armed too late: look again.
            _clockTimer.Change(TimeSpan.FromTicks((deadline - before + 99) / 100), Timeout.InfiniteTimeSpan);
            if (Time.Now == before)
            {
                break;
            }
        }

        return deadline <= Time.Now ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
    }

    private void WakeBackend()
    {
        try
        {
            Volatile.Read(ref _backend)?.Wake();
        }
        catch (Exception error)
        {
            Deafen(new HubException($"the {Name} hub cannot be woken: {error.Message}", error));
        }
    }

    /// <summary>
    /// The backend cannot be woken: the hub's fault, not that of whoever has left something for it. Those who wait outside are told now, the
    /// rest when the loop wakes by itself. Any thread.
    /// </summary>
    private void Deafen(HubException fault)
    {
        // It may still sleep: the next who wants it awake tries again.
        Volatile.Write(ref _sleeping, 1);
        if (Interlocked.CompareExchange(ref _deafness, fault, null) is null)
        {
            Outsiders.Close(fault.ForOneMore);
        }
    }

    /// <summary>Waiting itself has failed: every waiter gets that fault, their clean-up runs, and the hub ends.</summary>
    private void Fault(HubException fault)
    {
        _fault = fault;
        Table.FailAll(fault.ForOneMore);
        for (GreenThread? green = _firstGreen; green is not null; green = green.NextOfHub)
        {
            green.FailWaits(fault.ForOneMore);
        }
    }
}
