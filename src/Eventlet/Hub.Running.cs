using Eventlet.Waits;

namespace Eventlet;

// The explicit forms of running, stopping and dropping a hub.
public sealed partial class Hub
{
    /// <summary>Starts a hub on a thread of its own; it runs until it is disposed. Any thread.</summary>
    /// <param name="name">As in <see cref="Hubs.UseHub(string?)"/>; null: EVENTLET_HUB, else the default.</param>
    /// <param name="options">Options of the hub; null: the defaults.</param>
    /// <exception cref="HubException">The hub cannot be had.</exception>
    public static Hub Start(string? name = null, HubOptions? options = null) => Start(HubSelection.Choose(name), options);

    /// <inheritdoc cref="Start(string?, HubOptions?)"/>
    /// <param name="factory">The kind of hub.</param>
    /// <param name="options">Options of the hub; null: the defaults.</param>
    public static Hub Start(HubFactory factory, HubOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(factory);
        HubSelection.Check(factory);
        var owner = new HubOwner();
        var hub = new Hub(factory, options, owner);
        owner.Adopt(hub);
        var started = new BlockingWait(hub);
        hub.Outsiders.Add(started);
        hub.Enqueue(new CallbackItem(started.Succeed));
        if (hub.Launch(endsWithThread: true) is { } failure)
        {
            hub.Dispose();
            throw failure;
        }

        started.Join();
        started.ThrowIfFailed();
        return hub;
    }

    /// <summary>Runs MAINLOOP here until <paramref name="main"/> has ended, or <paramref name="main"/> on it where it runs already.</summary>
    /// <param name="main">The body of a greenthread. What ends it is thrown from here.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP, on a thread-pool thread, or on another thread than the owner's of a hub that is not running.</exception>
    /// <exception cref="OperationCanceledException">MAINLOOP was aborted.</exception>
    public void Run(Func<Task> main)
    {
        CheckMayRun();
        Spawn(main).Wait();
    }

    /// <inheritdoc cref="Run(Func{Task})"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public T Run<T>(Func<Task<T>> main)
    {
        CheckMayRun();
        return Spawn(main).Wait();
    }

    /// <summary>
    /// Ends MAINLOOP after the present step; the blocking call or Run above it throws <see cref="OperationCanceledException"/>. Greenthreads and
    /// timers stay, and go on when MAINLOOP runs again. On a hub that is not running it does nothing. Not on thread-pool threads.
    /// </summary>
    /// <param name="wait">Whether to return only when MAINLOOP has ended; not inside it.</param>
    /// <exception cref="InvalidOperationException">On a thread-pool thread; or inside MAINLOOP with <paramref name="wait"/>.</exception>
    public void Abort(bool wait = false)
    {
        RefusePoolThread(nameof(Abort));
        if (IsCurrent)
        {
            if (wait)
            {
                throw Blocking.InMainloop("Hub.Abort(wait: true)");
            }

            RequestStop(HubStop.Abort);
            return;
        }

        lock (_gate)
        {
            if (!IsRunning)
            {
                return;
            }

            RequestStop(HubStop.Abort);
            for (long run = _runs; wait && run == _runs && IsRunning;)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>
    /// Drops the hub: its greenthreads are abandoned, none of their code runs any more, and everything outside that waits for it fails
    /// with <see cref="HubException"/>. On the hub's own thread it marks and returns; elsewhere it joins. Idempotent. Any thread.
    /// </summary>
    public void Dispose()
    {
        if (IsCurrent)
        {
            RequestStop(HubStop.Dispose);
            return;
        }

        bool isMine;
        lock (_gate)
        {
            isMine = _phase == HubPhase.Idle;
            if (isMine)
            {
                _phase = HubPhase.Disposed;
            }
            else if (IsRunning)
            {
                RequestStop(HubStop.Dispose);
            }
        }

        if (isMine)
        {
            TearDown();
        }
        else
        {
            JoinDispose();
        }
    }

    /// <summary>
    /// The gentle form: kills every greenthread, lets their clean-up run, then disposes. One that catches the Kill and goes on is waited for until it ends. Any thread.
    /// </summary>
    /// <remarks>
    /// Where the call is cut short, by a Kill of the greenthread that awaits it for instance, the hub is dropped at once, as <see cref="Dispose"/> does. So hubs that
    /// end one another all end.
    /// </remarks>
    public async ValueTask DisposeAsync()
    {
        // A greenthread of this hub that disposes it is spared: it could not wait for its own end.
        GreenThread? caller = IsCurrent ? CurrentGreen : null;
        Outsiders.ForgetInterruption();
        try
        {
            GreenThread ending = Spawn(() => EndGreenThreadsAsync(caller));
            LaunchIfIdle();

            // A wait of the hub's, not a task: a greenthread of another hub that this one is about to end must be able to leave it.
            await ending.JoinAsync().ConfigureAwait(false);
        }
        catch (HubException)
        {
            // Dropped by somebody else meanwhile: there is nothing left to end.
        }
        finally
        {
            // Also where a signal or an Abort cuts it short.
            Dispose();
        }
    }

    private async Task EndGreenThreadsAsync(GreenThread? spared)
    {
        GreenThread self = CurrentGreen!;
        while (true)
        {
            GreenThread? other = null;
            for (GreenThread? green = _firstGreen, next; green is not null; green = next)
            {
                next = green.NextOfHub;
                if (ReferenceEquals(green, self) || ReferenceEquals(green, spared))
                {
                    continue;
                }

                if (!green.WasAskedToEnd)
                {
                    green.AskToEnd();
                }

                if (!green.IsDead)
                {
                    other = green;
                }
            }

            if (other is null)
            {
                return;
            }

            await other.EndedAsync();
        }
    }

    private void CheckMayRun()
    {
        RefusePoolThread(nameof(Run));
        Blocking.RefuseInMainloop("Hub.Run", "Hub.InvokeAsync");
        if (!IsRunning && !Owner.IsThisThread && !IsDisposed)
        {
            throw new InvalidOperationException("this hub belongs to another thread, which is not running it: use InvokeAsync, or a hub made with Hub.Start");
        }
    }

    private static void RefusePoolThread(string what)
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            throw new InvalidOperationException($"{what} does not work on a thread-pool thread, which owns no hub: make one with Hub.Start");
        }
    }
}
