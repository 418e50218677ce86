namespace Eventlet;

/// <summary>
/// Who a hub belongs to: a thread, with its choice of hub; the entry thread, which thread-pool threads share with it; or the process,
/// where the entry thread runs its own hub in place.
/// </summary>
internal sealed class HubOwner
{
    /// <summary>.NET numbers the thread that enters Main first.</summary>
    private const int EntryThreadId = 1;

    [ThreadStatic]
    private static HubOwner? t_owner;

    [ThreadStatic]
    private static OwnerSentinel? t_sentinel;

    private static readonly HubOwner s_entry = new() { ServesPool = true };
    private static readonly HubOwner s_process = new() { ServesPool = true };

    private readonly Lock _lock = new();
    private Thread? _thread;
    private volatile bool _ended;
    private Hub? _hub;
    private HubFactory? _factory;
    private HubOptions? _options;

    /// <summary>Whether thread-pool threads use its hub.</summary>
    internal bool ServesPool { get; private init; }

    /// <summary>For a reader.</summary>
    internal string ThreadName => ServesPool ? "entry" : _thread?.Name ?? "hub";

    /// <summary>Whether another thread than one owns it, and lives.</summary>
    internal bool ThreadIsAlive(Thread except) => _thread is { IsAlive: true } thread && thread != except;

    internal bool IsThisThread => !Thread.CurrentThread.IsThreadPoolThread && ReferenceEquals(OfThisThread, this);

    /// <summary>Whether the thread is gone. A hub made by <see cref="Hub.Start(string?, HubOptions?)"/> says so itself.</summary>
    internal bool HasEnded => _ended || _thread is { IsAlive: false };

    /// <summary>The owner for the calling thread, which is no thread-pool thread.</summary>
    internal static HubOwner OfThisThread
    {
        get
        {
            if (t_owner is { } known)
            {
                return known;
            }

            if (Environment.CurrentManagedThreadId == EntryThreadId)
            {
                return t_owner = s_entry;
            }

            var owner = new HubOwner { _thread = Thread.CurrentThread };
            t_sentinel = new OwnerSentinel(owner);
            return t_owner = owner;
        }
    }

    /// <summary>The hub of the calling thread: the one it runs, its own, or the one that thread-pool threads share.</summary>
    internal static Hub CurrentHub()
    {
        if (Hub.Running is { } running)
        {
            return running;
        }

        if (!Thread.CurrentThread.IsThreadPoolThread)
        {
            return OfThisThread.GetHub();
        }

        Hub entry = s_entry.GetHub();
        return entry.RunsInPlace ? s_process.GetHub(s_entry) : entry;
    }

    internal Hub GetHub(HubOwner? chooser = null)
    {
        lock (_lock)
        {
            if (_hub is { IsDisposed: false } hub)
            {
                return hub;
            }

            HubOwner choice = chooser ?? this;
            return _hub = new Hub(choice._factory ?? HubSelection.Choose(null), choice._options, this);
        }
    }

    /// <summary>Replaces the choice, and drops the hub there was.</summary>
    internal void Use(HubFactory factory, HubOptions? options)
    {
        Hub? old;
        lock (_lock)
        {
            old = _hub;
            _hub = null;
            _factory = factory;
            _options = options;
        }

        if (old is { IsDisposed: false })
        {
            Diagnostics.HubEventSource.Log.ReplacedInUse(old);
            old.Dispose();
        }
    }

    /// <summary>Makes a hub that runs on a thread of its own this owner's.</summary>
    internal void Adopt(Hub hub) => _hub = hub;

    /// <summary>The thread is gone, or about to go.</summary>
    internal void End()
    {
        _ended = true;
    }

    internal void Reap()
    {
        _ended = true;
        _hub?.OwnerEnded();
    }

    /// <summary>
    /// .NET tells nobody when a thread ends, but its thread statics become garbage then: this one is referenced by nothing else, and its
    /// finalizer is the last of the ways to notice.
    /// </summary>
    private sealed class OwnerSentinel(HubOwner owner)
    {
        ~OwnerSentinel() => owner.Reap();
    }
}
