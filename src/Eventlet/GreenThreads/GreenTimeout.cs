namespace Eventlet;

/// <summary>
/// A limit on the waits of a stretch of code: those of the hub that are begun in its scope, by the async flow (or plain thread) that made it, fail when
/// the time is over. It cannot interrupt computing or foreign awaits: then it comes at the next wait in the scope, and it is dropped with the scope.
/// </summary>
/// <remarks>Scopes nest; each raises its own exception once. A greenthread that is spawned inside is not in the scope. Dispose it in the method that made it.</remarks>
public sealed class GreenTimeout : IDisposable
{
    private static readonly AsyncLocal<GreenTimeout?> s_current = new();

    private readonly GreenThread? _owner;
    private readonly HubClock _clock;
    private readonly Func<Exception>? _factory;
    private readonly TimeSpan _delay;
    private readonly bool _isShield;
    private readonly Lock _lock = new();
    private Exception? _raised;
    private CancellationTokenSource? _tokenSource;
    private long _deadline;
    private volatile bool _cancelled;

    /// <summary>Opens a scope, which begins now.</summary>
    /// <param name="delay">How long it lasts; null or <see cref="Timeout.InfiniteTimeSpan"/>: it never fires; zero and less: at the next wait.</param>
    /// <param name="exception">Makes what is raised; null: a <see cref="GreenTimeoutException"/>.</param>
    public GreenTimeout(TimeSpan? delay, Func<Exception>? exception = null) : this(delay, exception, isShield: false)
    {
    }

    /// <summary>A scope; as a shield it keeps from what is inside whatever comes from outside it: outer scopes, Kill and Throw.</summary>
    internal GreenTimeout(TimeSpan? delay, Func<Exception>? exception, bool isShield)
    {
        Hub hub = Hubs.GetHub();
        _isShield = isShield;
        _owner = GreenThread.Current;
        _clock = hub.Time;
        _factory = exception;
        _delay = delay ?? Timeout.InfiniteTimeSpan;
        _deadline = _clock.DeadlineAfter(_delay);
        Outer = CurrentFor(_owner);
        IsShielded = isShield || Outer is { IsShielded: true };
        s_current.Value = this;
    }

    /// <summary>Cancelled when the time is over, for foreign APIs; never, once <see cref="Cancel"/> was called.</summary>
    public CancellationToken Token
    {
        get
        {
            lock (_lock)
            {
                return (_tokenSource ??= MakeTokenSource()).Token;
            }
        }
    }

    /// <summary>Whether it may still fire: it was neither cancelled nor disposed, and has not fired. Any thread.</summary>
    public bool IsPending => !IsSpent && Deadline != long.MaxValue;

    internal GreenTimeout? Outer { get; }

    /// <summary>The next scope outside whose end matters here.</summary>
    internal GreenTimeout? OuterInForce => _isShield ? null : Outer;

    /// <summary>Whether it is a shield, or inside one.</summary>
    internal bool IsShielded { get; }

    /// <summary>Whether its time is over, or was ended.</summary>
    internal bool IsOver => Deadline <= _clock.Now;

    private long Deadline => Volatile.Read(ref _deadline);

    internal bool IsCancelled => _cancelled;

    /// <summary>Whether it raises nothing any more.</summary>
    internal bool IsSpent => _cancelled || Volatile.Read(ref _raised) is not null;

    /// <summary>Runs a body under a limit.</summary>
    /// <typeparam name="T">The type of its result.</typeparam>
    /// <param name="delay">The limit.</param>
    /// <param name="body">The code.</param>
    /// <param name="timeoutValue">What is returned if this limit, and no other, was hit.</param>
    public static Task<T> WithTimeout<T>(TimeSpan delay, Func<Task<T>> body, T timeoutValue) =>
        WithTimeout(delay, Tokenless(body), timeoutValue);

    /// <inheritdoc cref="WithTimeout{T}(TimeSpan, Func{Task{T}}, T)"/>
    public static async Task<T> WithTimeout<T>(TimeSpan delay, Func<CancellationToken, Task<T>> body, T timeoutValue)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = new GreenTimeout(delay);
        try
        {
            return await body(scope.Token);
        }
        catch (Exception error) when (scope.Caught(error) || scope.IsFromToken(error))
        {
            return timeoutValue;
        }
    }

    /// <summary>Runs a body under a limit, which raises <see cref="GreenTimeoutException"/>.</summary>
    /// <typeparam name="T">The type of its result.</typeparam>
    /// <param name="delay">The limit.</param>
    /// <param name="body">The code.</param>
    public static Task<T> WithTimeout<T>(TimeSpan delay, Func<Task<T>> body) => WithTimeout(delay, Tokenless(body));

    /// <inheritdoc cref="WithTimeout{T}(TimeSpan, Func{Task{T}})"/>
    public static async Task<T> WithTimeout<T>(TimeSpan delay, Func<CancellationToken, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = new GreenTimeout(delay);
        try
        {
            return await body(scope.Token);
        }
        catch (Exception error) when (scope.IsFromToken(error))
        {
            throw scope.Raise();
        }
    }

    /// <inheritdoc cref="WithTimeout{T}(TimeSpan, Func{Task{T}})"/>
    public static Task WithTimeout(TimeSpan delay, Func<Task> body) => WithTimeout(delay, Tokenless(body));

    /// <inheritdoc cref="WithTimeout{T}(TimeSpan, Func{Task{T}})"/>
    public static Task WithTimeout(TimeSpan delay, Func<CancellationToken, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return WithTimeout<bool>(delay, async token =>
        {
            await body(token);
            return true;
        });
    }

    /// <summary>Disarms it: it fires no more. Idempotent. Any thread.</summary>
    public void Cancel()
    {
        _cancelled = true;
        lock (_lock)
        {
            // Not disposed: somebody may still register on its token; without a timer it holds nothing.
            _tokenSource?.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends its time now: the waits inside fail, or the next one there. Any thread.</summary>
    internal void EndNow()
    {
        CancellationTokenSource? source;
        lock (_lock)
        {
            if (IsSpent || IsOver)
            {
                return;
            }

            Volatile.Write(ref _deadline, _clock.Now);
            source = _tokenSource;
        }

        if (source is not null)
        {
            (_owner?.Hub ?? Hubs.GetHub()).CancelInCallback(source);
        }

        if (_owner is not null)
        {
            _owner.FailWaitsInside(this);
            return;
        }

        foreach (Hub hub in HubRegistry.Snapshot())
        {
            hub.FailOutsidersInside(this);
        }
    }

    /// <summary>Whether this scope raised an exception, and not another one like it; also when a stream or an <see cref="AggregateException"/> has wrapped it.</summary>
    /// <param name="e">What was caught.</param>
    public bool Caught(Exception e)
    {
        Exception? raised = Volatile.Read(ref _raised);
        for (Exception? error = e; error is not null && raised is not null; error = error.InnerException)
        {
            if (ReferenceEquals(error, raised) || (error is AggregateException several && several.InnerExceptions.Any(Caught)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an exception comes from this scope, as raised in a wait or by way of its token, and tells of nothing else.</summary>
    internal bool IsFrom(Exception e) =>
        e is AggregateException several ? several.InnerExceptions.All(IsFrom) : Caught(e) || IsFromToken(e);

    /// <summary>Leaves the scope: it is cancelled, and what it did not deliver is dropped. Idempotent.</summary>
    public void Dispose()
    {
        Cancel();
        if (ReferenceEquals(s_current.Value, this))
        {
            s_current.Value = Outer;
        }
    }

    /// <summary>The innermost scope of the calling flow that belongs to a greenthread, or to the code outside any.</summary>
    internal static GreenTimeout? CurrentFor(GreenThread? owner) =>
        s_current.Value is { } scope && ReferenceEquals(scope._owner, owner) ? scope : null;

    /// <summary>Which of this scope and those around it is over; the one that was over first.</summary>
    internal GreenTimeout? Due(Hub hub)
    {
        GreenTimeout? first = null;
        long earliest = hub.Time.Now;
        for (GreenTimeout? scope = this; scope is not null; scope = scope.OuterInForce)
        {
            if (!scope.IsSpent && scope.DeadlineOn(hub) is var deadline && deadline <= earliest)
            {
                first = scope;
                earliest = deadline;
            }
        }

        return first;
    }

    /// <summary>The deadline on a hub's clock.</summary>
    internal long DeadlineOn(Hub hub) => Deadline is var deadline && (ReferenceEquals(hub.Time.Provider, _clock.Provider) || deadline == long.MaxValue)
        ? deadline
        : hub.Time.DeadlineAfter(_clock.Until(deadline));

    /// <summary>The exception of this scope: one object, however many waits it ends.</summary>
    internal Exception Raise()
    {
        lock (_lock)
        {
            return _raised ??= Make();
        }
    }

    private static Func<CancellationToken, TTask> Tokenless<TTask>(Func<TTask> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return _ => body();
    }

    private Exception Make()
    {
        try
        {
            return _factory?.Invoke() ?? new GreenTimeoutException($"timed out after {_delay.TotalSeconds:0.###} s") { Delay = _delay };
        }
        catch (Exception error)
        {
            // The factory belongs to the scope, and so does its failure.
            return error;
        }
    }

    internal bool IsFromToken(Exception error) => error is OperationCanceledException canceled
        && _tokenSource is { IsCancellationRequested: true } source && canceled.CancellationToken == source.Token;

    private CancellationTokenSource MakeTokenSource()
    {
        if (_cancelled || Deadline == long.MaxValue)
        {
            return new CancellationTokenSource();
        }

        TimeSpan remaining = _clock.Until(Deadline);
        if (remaining > TimeSpan.Zero)
        {
            return new CancellationTokenSource(remaining < s_longestTimer ? remaining : Timeout.InfiniteTimeSpan, _clock.Provider);
        }

        var source = new CancellationTokenSource();
        source.Cancel();
        return source;
    }

    /// <summary>The longest time that a CancellationTokenSource takes, some 49 days.</summary>
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);
}
