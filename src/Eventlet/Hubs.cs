using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Eventlet.Backends;
using Eventlet.Descriptors;
using Eventlet.Waits;

namespace Eventlet;

/// <summary>The hubs of the process: which kinds there are, the calling thread's own, and waiting for any descriptor.</summary>
public static class Hubs
{
    /// <summary>The environment variable that names the hub of threads which choose none, in all the forms of <see cref="UseHub(string?)"/>. Read when a thread first needs a hub.</summary>
    public const string EnvironmentVariable = "EVENTLET_HUB";

    /// <summary>The kinds of hub in this library, in order of preference, also those that this system lacks. Any thread.</summary>
    public static IReadOnlyList<HubFactory> Builtin => BuiltinHubs.All;

    /// <summary>The first of epoll, kqueue, poll, select that this system has; EVENTLET_HUB plays no part. Any thread.</summary>
    /// <exception cref="HubException">There is none.</exception>
    public static HubFactory GetDefaultHub() => HubSelection.Default();

    /// <summary>
    /// This thread's hub, made on first use; nothing is opened or started. On a thread that runs MAINLOOP it is that hub. A thread-pool thread owns none: it
    /// shares the entry thread's, or a process-wide one while the entry thread runs its own in place.
    /// </summary>
    public static Hub GetHub() => HubOwner.CurrentHub();

    /// <summary>Chooses this thread's hub; the old one is dropped with its timers, listeners and greenthreads. A call that fails changes nothing.</summary>
    /// <param name="name">
    /// "epoll", "io_uring", "kqueue", "poll", "select" or "libevent", an alias, or the name of a registered one, without regard to case; "assembly:Namespace.Type" for
    /// anybody's backend or factory, where the assembly is a name or the path of a file (under AOT only registered ones); or a comma-separated list, of which the first available one is taken. Null: EVENTLET_HUB if set, else the default.
    /// </param>
    /// <exception cref="HubException">The name is blank or unknown, or this system lacks that hub; the text says why and which there are.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP, or on a thread-pool thread.</exception>
    [OverloadResolutionPriority(1)]
    public static void UseHub(string? name = null)
    {
        CheckMayChoose();
        HubOwner.OfThisThread.Use(HubSelection.Choose(name), null);
    }

    /// <inheritdoc cref="UseHub(string?)"/>
    /// <param name="factory">A built-in one, or anybody's.</param>
    /// <param name="options">Options of the hub; null: the defaults.</param>
    public static void UseHub(HubFactory factory, HubOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(factory);
        CheckMayChoose();
        HubSelection.Check(factory);
        HubOwner.OfThisThread.Use(factory, options);
    }

    /// <inheritdoc cref="UseHub(string?)"/>
    /// <typeparam name="TBackend">The type of a backend; one is made and disposed to see whether it can be had.</typeparam>
    public static void UseHub<TBackend>() where TBackend : HubBackend, new() =>
        UseHub(new BackendTypeFactory(typeof(TBackend).FullName ?? typeof(TBackend).Name, static () => new TBackend()));

    /// <summary>Makes a third-party hub selectable by its name and aliases. One of the same name registered before is replaced. Any thread.</summary>
    /// <param name="factory">Its factory.</param>
    /// <exception cref="ArgumentException">The name is blank, contains ',' or ':', or is that of a built-in hub.</exception>
    public static void Register(HubFactory factory) => HubSelection.Register(factory);

    /// <summary>
    /// Blocks until a descriptor is ready in one direction; the hub runs meanwhile. Outside MAINLOOP only. The descriptor is not owned and not changed: it may be in
    /// blocking mode, and readiness may turn out spurious.
    /// </summary>
    /// <param name="fd">Any open descriptor that can be polled; a regular file is always ready.</param>
    /// <param name="read">Wait until it can be read.</param>
    /// <param name="write">Wait until it can be written; not both.</param>
    /// <param name="timeout">Null or <see cref="Timeout.InfiniteTimeSpan"/>: none; zero polls once; other negative values count as zero.</param>
    /// <param name="timeoutException">Makes what a time-out throws; null: <see cref="GreenTimeoutException"/>.</param>
    /// <param name="markAsClosed">Called on the hub's thread if the descriptor is announced as closed.</param>
    /// <exception cref="ArgumentException">Both directions or none, or a negative descriptor.</exception>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP; or somebody waits for this direction of the descriptor already.</exception>
    /// <exception cref="IOClosedException">The descriptor is not open, or was announced as closed meanwhile.</exception>
    public static void Trampoline(int fd, bool read = false, bool write = false, TimeSpan? timeout = null,
        Func<Exception>? timeoutException = null, Action? markAsClosed = null)
    {
        FdEvent direction = CheckDirection(fd, read, write);
        Blocking.RefuseInMainloop("Hubs.Trampoline", "Hubs.TrampolineAsync");
        Hub hub = GetHub();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            ExceptionDispatchInfo.Throw(due.Raise());
        }

        var wait = new FdWait { Fd = fd, Direction = direction, TimeoutFactory = timeoutException, MarkAsClosed = markAsClosed };
        wait.Prepare(hub.Time.DeadlineAfter(timeout ?? Timeout.InfiniteTimeSpan), scope, default);
        hub.Block(wait);
    }

    /// <summary>Suspends until a descriptor is ready in one direction. As <see cref="Trampoline(int, bool, bool, TimeSpan?, Func{Exception}?, Action?)"/>, from any thread.</summary>
    /// <param name="fd">Any open descriptor that can be polled; a regular file is always ready.</param>
    /// <param name="read">Wait until it can be read.</param>
    /// <param name="write">Wait until it can be written; not both.</param>
    /// <param name="timeout">Null or <see cref="Timeout.InfiniteTimeSpan"/>: none; zero polls once; other negative values count as zero.</param>
    /// <param name="timeoutException">Makes what a time-out throws; null: <see cref="GreenTimeoutException"/>.</param>
    /// <param name="markAsClosed">Called on the hub's thread if the descriptor is announced as closed.</param>
    /// <param name="cancellationToken">Ends the wait with <see cref="OperationCanceledException"/>.</param>
    public static ValueTask TrampolineAsync(int fd, bool read = false, bool write = false, TimeSpan? timeout = null,
        Func<Exception>? timeoutException = null, Action? markAsClosed = null, CancellationToken cancellationToken = default)
    {
        FdEvent direction = CheckDirection(fd, read, write);
        Hub? hub = Hub.Running;
        if (hub?.CurrentGreen is { } green)
        {
            if (green.Interruption(hub, cancellationToken, out GreenTimeout? scope) is { } interruption)
            {
                return Failed.Task(interruption);
            }

            FdWait wait = hub.Rent<FdWait>();
            wait.Fd = fd;
            wait.Direction = direction;
            wait.TimeoutFactory = timeoutException;
            wait.MarkAsClosed = markAsClosed;
            try
            {
                wait.Begin(hub, green, timeout is { } limit ? hub.Time.DeadlineAfter(limit) : long.MaxValue, scope, cancellationToken);
            }
            catch (Exception error)
            {
                wait.Release();
                return ValueTask.FromException(error);
            }

            return new ValueTask(wait, wait.Version);
        }

        return TrampolineOutside(hub ?? GetHub(), fd, direction, timeout, timeoutException, markAsClosed, cancellationToken);
    }

    /// <inheritdoc cref="Trampoline(int, bool, bool, TimeSpan?, Func{Exception}?, Action?)"/>
    /// <param name="socket">A socket; it is not kept alive, and must not be closed meanwhile without <see cref="NotifyClose"/>.</param>
    public static void Trampoline(Socket socket, bool read = false, bool write = false, TimeSpan? timeout = null,
        Func<Exception>? timeoutException = null, Action? markAsClosed = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Trampoline(socket.SafeHandle, read, write, timeout, timeoutException, markAsClosed);
    }

    /// <inheritdoc cref="TrampolineAsync(int, bool, bool, TimeSpan?, Func{Exception}?, Action?, CancellationToken)"/>
    /// <param name="socket">A socket; it is not kept alive, and must not be closed meanwhile without <see cref="NotifyClose"/>.</param>
    public static ValueTask TrampolineAsync(Socket socket, bool read = false, bool write = false, TimeSpan? timeout = null,
        Func<Exception>? timeoutException = null, Action? markAsClosed = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return TrampolineAsync(socket.SafeHandle, read, write, timeout, timeoutException, markAsClosed, cancellationToken);
    }

    /// <inheritdoc cref="Trampoline(int, bool, bool, TimeSpan?, Func{Exception}?, Action?)"/>
    /// <param name="handle">A handle of a descriptor; no reference to it is held while waiting.</param>
    public static void Trampoline(SafeHandle handle, bool read = false, bool write = false, TimeSpan? timeout = null,
        Func<Exception>? timeoutException = null, Action? markAsClosed = null)
    {
        Trampoline(DescriptorOf(handle), read, write, timeout, timeoutException, markAsClosed);
        GC.KeepAlive(handle);
    }

    /// <inheritdoc cref="TrampolineAsync(int, bool, bool, TimeSpan?, Func{Exception}?, Action?, CancellationToken)"/>
    /// <param name="handle">A handle of a descriptor; no reference to it is held while waiting.</param>
    public static ValueTask TrampolineAsync(SafeHandle handle, bool read = false, bool write = false, TimeSpan? timeout = null,
        Func<Exception>? timeoutException = null, Action? markAsClosed = null, CancellationToken cancellationToken = default) =>
        TrampolineAsync(DescriptorOf(handle), read, write, timeout, timeoutException, markAsClosed, cancellationToken);

    /// <summary>
    /// Announces, before it is done, that a descriptor will be closed: on every hub of the process its listeners are unregistered, their markAsClosed runs, and their
    /// waiters get <see cref="IOClosedException"/>. Sockets and pipes of this library do it themselves. Any thread.
    /// </summary>
    /// <param name="fd">The descriptor.</param>
    public static void NotifyClose(int fd)
    {
        long announcement = FdTable.Announce();
        foreach (Hub hub in HubRegistry.Snapshot())
        {
            hub.AnnounceClose(fd, announcement);
        }
    }

    /// <summary>Announces that the system has handed out a number: whatever still waits for it waits for a file that is gone. Any thread.</summary>
    /// <param name="fd">The descriptor.</param>
    public static void NotifyOpened(int fd) => NotifyClose(fd);

    private static ValueTask TrampolineOutside(Hub hub, int fd, FdEvent direction, TimeSpan? timeout,
        Func<Exception>? timeoutException, Action? markAsClosed, CancellationToken cancellationToken)
    {
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            return ValueTask.FromException(due.Raise());
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var wait = new FdWait { Fd = fd, Direction = direction, TimeoutFactory = timeoutException, MarkAsClosed = markAsClosed };
        wait.Prepare(hub.Time.DeadlineAfter(timeout ?? Timeout.InfiniteTimeSpan), scope, cancellationToken);
        return hub.BeginOutside<bool>(wait).AsPlainValueTask();
    }

    private static int DescriptorOf(SafeHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return handle.IsClosed || handle.IsInvalid
            ? throw new IOClosedException("the handle is closed")
            : (int)handle.DangerousGetHandle();
    }

    private static FdEvent CheckDirection(int fd, bool read, bool write)
    {
        if (read == write)
        {
            throw new ArgumentException("a trampoline waits for one direction: either read or write must be true, not both", nameof(read));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(fd);
        return read ? FdEvent.Read : FdEvent.Write;
    }

    private static void CheckMayChoose()
    {
        if (Hub.Running is not null)
        {
            throw new InvalidOperationException("UseHub cannot replace a hub inside its own mainloop: call it first thing on a thread, before any I/O");
        }

        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            throw new InvalidOperationException("UseHub does not work on a thread-pool thread, which owns no hub: make one with Hub.Start");
        }
    }
}
