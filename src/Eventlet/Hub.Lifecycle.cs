using Eventlet.Waits;

namespace Eventlet;

// The ways in which MAINLOOP comes to run, moves and ends. One gate guards the phase; it is taken where a loop begins or ends,
// never within a turn.
public sealed partial class Hub
{
    private enum HubPhase
    {
        /// <summary>Nobody runs it.</summary>
        Idle,

        /// <summary>The owner runs it, under a blocking call.</summary>
        InPlace,

        /// <summary>A thread of the hub's own runs it.</summary>
        Background,

        /// <summary>Dropped.</summary>
        Disposed,
    }

    private enum HubStop
    {
        None,
        Abort,
        Dispose,
    }

    /// <summary>Told of each hub that is about to be dropped, by whoever drops it: for tests, which look at what it still holds.</summary>
    internal static event Action<Hub>? Dropping;

    private readonly object _gate = new();
    private volatile HubPhase _phase;
    private volatile HubStop _stop;
    private Thread? _thread;
    private long _runs;
    private volatile bool _isGone;

    /// <summary>The hub whose thread waits in Dispose for this one; a chain of them that closes would never end.</summary>
    private Hub? _disposing;

    /// <summary>Whether a blocking call of the owner is running the loop now.</summary>
    internal bool RunsInPlace => _phase == HubPhase.InPlace;

    internal bool IsDisposed => _phase == HubPhase.Disposed;

    /// <summary>Whether nothing is left that the loop could do, and nobody who could bring anything.</summary>
    private bool IsAbandoned => _greenThreadCount == 0 && Timers.Count == 0 && Table.IsEmpty && Outsiders.IsEmpty && _inbox.IsEmpty
        && _phase == HubPhase.Background && Owner.HasEnded;

    /// <summary>Runs a wait for a blocking call outside MAINLOOP: in place if this thread owns an idle hub, else by whoever runs it.</summary>
    internal void Block(Wait wait)
    {
        var call = new BlockingWait(this) { NeedsLoop = !Owner.IsThisThread, Begun = wait };
        Outsiders.Add(call);
        wait.Hub = this;
        wait.Outside = call;
        Enqueue(wait);
        if (EnterInPlace())
        {
            Exception? failure = null;
            try
            {
                RunLoop(call);
            }
            catch (Exception error)
            {
                failure = error;
            }

            Leave(failure, call);
        }
        else
        {
            // Should the loop that runs now be about to end, it is launched again.
            Outsiders.RequireLoop(call);
            LaunchIfIdle();
            call.Join();
        }

        call.ThrowIfFailed();
    }

    /// <summary>Has a wait run for an awaiter that is in no greenthread of this hub.</summary>
    internal AsyncOutsideWait<T> BeginOutside<T>(Wait wait)
    {
        var outside = new AsyncOutsideWait<T>(this) { Begun = wait };
        Outsiders.Add(outside);
        wait.Hub = this;
        wait.Outside = outside;
        Submit(wait);
        return outside;
    }

    /// <summary>
    /// Launches MAINLOOP on a background thread if nobody runs it. Any thread. If no thread can be had, whoever waits outside is told; the hub
    /// stays, and may be tried again.
    /// </summary>
    /// <returns>Why it could not be launched.</returns>
    internal HubException? LaunchIfIdle()
    {
        HubException? failure = Launch(endsWithThread: false);
        if (failure is not null)
        {
            Outsiders.FailAll(failure.ForOneMore);
        }

        return failure;
    }

    /// <summary>Thread-pool threads own no hub: what they ask of the one they share must not wait for its owner.</summary>
    internal void LaunchFromPool()
    {
        if (_phase == HubPhase.Idle && Thread.CurrentThread.IsThreadPoolThread && Owner.ServesPool && LaunchIfIdle() is { } failure)
        {
            // What was asked stays asked: a caller who was told of a failure would ask again.
            ReportUnhandled(failure);
        }
    }

    private HubException? Launch(bool endsWithThread)
    {
        lock (_gate)
        {
            if (_phase != HubPhase.Idle)
            {
                return null;
            }

            var thread = new Thread(() => RunInBackground(endsWithThread))
            {
                IsBackground = true,
                Name = _options.ThreadName ?? $"hub {Name}",
            };
            _phase = HubPhase.Background;
            _thread = thread;
            try
            {
                thread.UnsafeStart();
                return null;
            }
            catch (Exception error)
            {
                _phase = HubPhase.Idle;
                _thread = null;
                return new HubException($"the {Name} hub cannot run: no thread can be started for it ({error.Message}); look at the limits of threads and memory", error);
            }
        }
    }

    private void RunInBackground(bool endsWithThread)
    {
        Exception? failure = null;
        try
        {
            RunLoop(null);
        }
        catch (Exception error)
        {
            failure = error;
        }

        if (endsWithThread)
        {
            Owner.End();
            if (_stop == HubStop.Abort)
            {
                FailAborted();
            }

            RequestStop(HubStop.Dispose);
        }

        Leave(failure, null);
    }

    private bool EnterInPlace()
    {
        lock (_gate)
        {
            if (_phase != HubPhase.Idle || !Owner.IsThisThread)
            {
                return false;
            }

            _phase = HubPhase.InPlace;
            return true;
        }
    }

    /// <summary>What follows the end of a loop on this thread.</summary>
    private void Leave(Exception? failure, OutsideWait? call)
    {
        HubStop stop;
        lock (_gate)
        {
            stop = _stop;
            if (stop != HubStop.Dispose)
            {
                _stop = HubStop.None;
            }
        }

        if (failure is not null && stop != HubStop.Dispose)
        {
            // No backend could be made: whoever waits gets that error; the hub stays, and may be tried again.
            call?.GiveUp(failure);
            Outsiders.GiveUpAll(() => new HubException($"the {Name} hub cannot run: {failure.Message}", failure));
        }

        if (stop == HubStop.Abort)
        {
            FailAborted();
        }
        else if (stop == HubStop.Dispose)
        {
            TearDown(failure);
        }

        bool isDropped;
        HubException? unlaunched = null;
        lock (_gate)
        {
            _runs++;

            // Somebody may have asked for it while this was leaving.
            isDropped = stop != HubStop.Dispose && _stop == HubStop.Dispose;
            _phase = isDropped || stop == HubStop.Dispose ? HubPhase.Disposed : HubPhase.Idle;
            Monitor.PulseAll(_gate);
            if (!isDropped)
            {
                // An Abort that came while this was leaving has found its MAINLOOP ended; it is not the next one's.
                _stop = stop == HubStop.Dispose ? stop : HubStop.None;

                // After a failure or an Abort as well: who came after the others had been told found the loop still running. Within the gate: outside, it might
                // be launched for somebody whom another launch has served meanwhile.
                unlaunched = Outsiders.AnyNeedsLoop ? Launch(endsWithThread: false) : null;
            }
        }

        if (isDropped)
        {
            TearDown();
        }
        else if (unlaunched is not null)
        {
            Outsiders.FailAll(unlaunched.ForOneMore);
        }
    }

    private void FailAborted() => Outsiders.GiveUpAll(static () => new OperationCanceledException("MAINLOOP was aborted"));

    /// <summary>Forgets everything. The caller has made sure that no loop runs and none will.</summary>
    private void TearDown(Exception? cause = null)
    {
        HubException? fault = _fault ?? cause as HubException ?? (cause is null ? null : new HubException($"the {Name} hub cannot run: {cause.Message}", cause));
        Func<HubException> reason = fault is null ? HubException.Disposed : fault.ForOneMore;
        Dropping?.Invoke(this);
        HubRegistry.Remove(this);
        _phase = HubPhase.Disposed;
        Guard(() => _clockTimer?.Dispose());
        CloseBackend();
        DropItems(reason);
        Table.Clear();
        for (GreenThread? green = _firstGreen; green is not null;)
        {
            GreenThread? next = green.NextOfHub;
            green.Abandon(reason());
            green = next;
        }

        _firstGreen = null;
        _greenThreadCount = 0;
        Debug.Dispose();
        Outsiders.Drop(reason);
        lock (_gate)
        {
            _isGone = true;
            Monitor.PulseAll(_gate);
        }

        // Whoever left something meanwhile either finds the mark or has it dropped here.
        Interlocked.MemoryBarrier();
        DropInbox();
    }

    /// <summary>Tells those who stand behind items that will never run.</summary>
    private void DropItems(Func<HubException> reason)
    {
        _inbox.DrainTo(Ready);
        while (Ready.TryPop(out HubItem? item))
        {
            item.Abandon(reason());
        }

        Timers.Advance(long.MaxValue);
        while (Timers.TakeDue() is { } entry)
        {
            entry.Abandon(reason());
        }
    }

    private void DropInbox()
    {
        var left = new ReadyQueue();
        _inbox.DrainTo(left);
        while (left.TryPop(out HubItem? item))
        {
            item.Abandon(HubException.Disposed());
        }
    }

    private void RequestStop(HubStop stop)
    {
        lock (_gate)
        {
            if (stop > _stop)
            {
                _stop = stop;
            }
        }

        // As for the inbox: the mark is set before the flag is read.
        Interlocked.MemoryBarrier();
        WakeIfSleeping();
    }

    /// <summary>Waits until the loop's thread has torn the hub down and, if it is the hub's own, has ended.</summary>
    private void JoinDispose()
    {
        Hub? caller = t_running;
        if (caller is not null)
        {
            lock (s_disposeChain)
            {
                for (Hub? hub = this; hub is not null; hub = hub._disposing)
                {
                    if (ReferenceEquals(hub, caller))
                    {
                        // Each would wait for the other: this one goes on, the mark is set.
                        return;
                    }
                }

                caller._disposing = this;
            }
        }

        try
        {
            Thread? thread;
            lock (_gate)
            {
                while (!_isGone)
                {
                    Monitor.Wait(_gate);
                }

                thread = _thread;
            }

            thread?.Join();
        }
        finally
        {
            if (caller is not null)
            {
                lock (s_disposeChain)
                {
                    caller._disposing = null;
                }
            }
        }
    }

    private static readonly Lock s_disposeChain = new();

    /// <summary>Told when the owner's thread has ended: a hub that nobody can reach any more is dropped, one in the background when it is empty.</summary>
    internal void OwnerEnded()
    {
        lock (_gate)
        {
            if (_phase == HubPhase.Background)
            {
                WakeBackend();
                return;
            }

            if (_phase != HubPhase.Idle)
            {
                return;
            }
        }

        Dispose();
    }
}
