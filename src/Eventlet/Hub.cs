using Eventlet.Descriptors;
using Eventlet.Timers;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>
/// An event loop that belongs to one thread: it dispatches the readiness of descriptors, fires timers and runs greenthreads. Its
/// state is touched by the thread that runs it and by no other; other threads reach it through a thread-safe inbox.
/// </summary>
/// <remarks>
/// Nobody has to start it: a blocking call on its owner's thread runs it in place, an await from outside launches it on a
/// background thread; <see cref="Run(Func{Task})"/> and <see cref="Start(string?, HubOptions?)"/> are the explicit forms. It opens
/// kernel objects when it first runs, not before.
/// </remarks>
public sealed partial class Hub : IDisposable, IAsyncDisposable
{
    private readonly HubFactory _factory;
    private readonly HubOptions _options;

    internal Hub(HubFactory factory, HubOptions? options, HubOwner owner)
    {
        _factory = factory;
        _options = options ?? new HubOptions();
        Owner = owner;
        Time = new HubClock(_options.Clock);
        Timers = new TimerWheel(Time.Now);
        Table = new FdTable(this);
        Context = new GreenContext(this);
        Debug = new HubDebug(this);
        TaskScheduler = new HubTaskScheduler(this);
        HubRegistry.Add(this);
    }

    /// <summary>The backend's name, e.g. "epoll". Any thread.</summary>
    public string Name => _factory.Name;

    /// <summary>Whether some thread is running MAINLOOP now. Any thread.</summary>
    public bool IsRunning => _phase is HubPhase.InPlace or HubPhase.Background;

    /// <summary>Whether the calling thread is the one that is running MAINLOOP. Any thread.</summary>
    public bool IsCurrent => ReferenceEquals(t_running, this);

    /// <summary>The clock of timers and time-outs; its monotonic timestamp is what counts. Any thread.</summary>
    public TimeProvider Clock => Time.Provider;

    /// <summary>Switches for finding mistakes. Any thread.</summary>
    public HubDebug Debug { get; }

    /// <summary>What the hub holds and has done so far: a snapshot. Any thread.</summary>
    public HubStatistics Statistics => new()
    {
        Readers = Table.Readers,
        Writers = Table.Writers,
        Timers = Timers.Count,
        GreenThreads = GreenThreadCount,
        Ready = Ready.Count,
        Turns = _turns,
        Polls = _polls,
        Events = _events,
    };

    /// <summary>Those that have begun, and those whose beginning is in the inbox.</summary>
    internal int GreenThreadCount => _greenThreadCount + Volatile.Read(ref _expectedCount);

    internal HubOptions Options => _options;

    internal HubOwner Owner { get; }

    internal HubClock Time { get; }

    internal TimerWheel Timers { get; }

    internal ReadyQueue Ready { get; } = new();

    internal FdTable Table { get; }

    internal OutsideTable Outsiders { get; } = new();

    /// <summary>The context of callbacks: what async code awaits there comes back to the hub, into no greenthread.</summary>
    internal GreenContext Context { get; }

    /// <summary>Runs a greenthread on this hub from now on; nothing is started for it. Any thread.</summary>
    /// <param name="body">The greenthread's code. The caller's ExecutionContext flows into it.</param>
    /// <returns>The greenthread, which can be awaited, linked to and killed.</returns>
    /// <exception cref="HubException">The hub was disposed.</exception>
    public GreenThread Spawn(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var green = new GreenThread(this, body, isDetached: false);
        Schedule(green);
        return green;
    }

    /// <inheritdoc cref="Spawn(Func{Task})"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public GreenThread<T> Spawn<T>(Func<Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var green = new GreenThread<T>(this, body);
        Schedule(green);
        return green;
    }

    /// <summary>
    /// For APIs that take a scheduler: its tasks run on the hub's thread, in the order of queueing. Like <see cref="InvokeAsync(Func{Task})"/> it launches MAINLOOP
    /// in the background if nobody runs it. Any thread.
    /// </summary>
    /// <remarks>
    /// A task is a callback, not a greenthread: <see cref="GreenThread.Current"/> is null in it, and what an async delegate awaits comes back to the hub as further callbacks. For
    /// an identity, Kill and time-outs spawn a greenthread in it, or instead of it. A task that is waited for, or told to run synchronously, on the hub's own thread runs within
    /// that call. On a hub that was dropped no task starts any more: what had been queued never ends, and queueing throws.
    /// </remarks>
    public TaskScheduler TaskScheduler { get; }

    /// <summary>Runs a callback on the hub's thread, in the order of posting. It starts no loop. Any thread.</summary>
    /// <param name="callback">Runs in no greenthread and in the default ExecutionContext; what escapes it is reported as unhandled.</param>
    /// <exception cref="HubException">The hub was disposed.</exception>
    public void Post(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ThrowIfDisposed();
        Submit(new CallbackItem(callback));
        LaunchFromPool();
    }

    /// <summary>Runs a greenthread on the hub and tells its end. Launches MAINLOOP in the background if nobody runs it. Any thread.</summary>
    /// <param name="body">The greenthread's code. The caller's ExecutionContext flows into it.</param>
    /// <returns>A task that ends as the body does, or with <see cref="HubException"/> if the hub is dropped.</returns>
    public Task InvokeAsync(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        try
        {
            // The task launches the loop, once: whoever was told that it failed, and tries again, must not meet a second attempt of this call.
            return Spawn(body).AsTask();
        }
        catch (HubException dropped)
        {
            return Task.FromException(dropped);
        }
    }

    /// <inheritdoc cref="InvokeAsync(Func{Task})"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public Task<T> InvokeAsync<T>(Func<Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        try
        {
            return Spawn(body).AsTask();
        }
        catch (HubException dropped)
        {
            return Task.FromException<T>(dropped);
        }
    }

    /// <summary>Suspends the current greenthread until somebody calls its Switch (whose value is returned) or Throw. Hub thread only.</summary>
    /// <exception cref="InvalidOperationException">No greenthread of this hub is current.</exception>
    public ValueTask<object?> SwitchAsync()
    {
        if (!IsCurrent || CurrentGreen is not { } green)
        {
            throw new InvalidOperationException("SwitchAsync suspends the current greenthread of this hub, and there is none here");
        }

        return SwitchWait.Start(this, green);
    }

    internal void Schedule(GreenThread green)
    {
        ThrowIfDisposed();
        if (IsCurrent)
        {
            Enlist(green);
            Ready.Push(Starts.Rent(green));
            return;
        }

        EnqueueStart(green, StartItem.Of(green));
        LaunchFromPool();
    }

    internal void ThrowIfDisposed()
    {
        if (_phase == HubPhase.Disposed)
        {
            throw HubException.Disposed();
        }
    }
}
