using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using Eventlet.Waits;

namespace Eventlet.Synchronization;

/// <summary>
/// Who calls an operation that may wait: the current greenthread, whose wait is pooled and handed out itself, or somebody outside, who waits by way of his thread's
/// hub. What his call raises instead is found out first, also when the operation could be done at once.
/// </summary>
internal readonly ref struct Waiter
{
    private readonly Hub _hub;
    private readonly GreenThread? _green;
    private readonly GreenTimeout? _scope;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Finds out who calls.</summary>
    internal Waiter(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        Hub? running = Hub.Running;
        if (running?.CurrentGreen is { } green)
        {
            _hub = running;
            _green = green;
            Refusal = green.Interruption(running, cancellationToken, out _scope);
            return;
        }

        _hub = running ?? Hubs.GetHub();
        _scope = GreenTimeout.CurrentFor(null);
        Refusal = _scope?.Due(_hub) is { } due ? due.Raise()
            : cancellationToken.IsCancellationRequested ? new OperationCanceledException(cancellationToken)
            : null;
    }

    private Waiter(Hub hub, GreenTimeout? scope)
    {
        _hub = hub;
        _scope = scope;
    }

    /// <summary>What the call raises, whatever it is for.</summary>
    internal Exception? Refusal { get; }

    /// <summary>Whether it is a greenthread of this library.</summary>
    internal bool IsGreen => _green is not null;

    /// <summary>Whether a result that is there already may be taken at once: a greenthread goes behind the others now and then.</summary>
    internal bool MayGoOn => _green is null || _hub.MayGoOn();

    /// <summary>A blocking call outside MAINLOOP; throws what it raises instead.</summary>
    internal static Waiter Blocking(string call, string asyncForm)
    {
        Eventlet.Blocking.RefuseInMainloop(call, asyncForm);
        Hub hub = Hubs.GetHub();
        GreenTimeout? scope = GreenTimeout.CurrentFor(null);
        if (scope?.Due(hub) is { } due)
        {
            ExceptionDispatchInfo.Throw(due.Raise());
        }

        return new Waiter(hub, scope);
    }

    /// <summary>A wait for this caller.</summary>
    internal TWait Rent<TWait>() where TWait : Wait, new() => _green is null ? new TWait() : _hub.Rent<TWait>();

    /// <summary>Begins a wait that yields a value.</summary>
    internal ValueTask<T> Start<T>(LineWait<T> wait, TimeSpan timeout) => new(StartSource(wait, timeout, out short token), token);

    /// <summary>Begins a wait that yields nothing.</summary>
    internal ValueTask StartPlain<T>(LineWait<T> wait, TimeSpan timeout)
    {
        if (_green is null)
        {
            Prepare(wait, timeout);
            return _hub.BeginOutside<bool>(wait).AsPlainValueTask();
        }

        Begin(wait, timeout);
        return new ValueTask(wait, wait.Version);
    }

    /// <summary>Begins a wait, and hands out what a ValueTask is made of.</summary>
    internal IValueTaskSource<T> StartSource<T>(LineWait<T> wait, TimeSpan timeout, out short token)
    {
        if (_green is null)
        {
            Prepare(wait, timeout);
            AsyncOutsideWait<T> outside = _hub.BeginOutside<T>(wait);
            token = outside.Version;
            return outside;
        }

        Begin(wait, timeout);
        token = wait.Version;
        return wait;
    }

    /// <summary>Blocks until a wait is over; its result stays in it.</summary>
    internal T Block<T>(LineWait<T> wait, TimeSpan timeout)
    {
        Prepare(wait, timeout);
        _hub.Block(wait);
        return wait.Result;
    }

    private void Prepare<T>(LineWait<T> wait, TimeSpan timeout) => wait.Prepare(_hub.Time.DeadlineAfter(timeout), _scope, _cancellationToken);

    private void Begin<T>(LineWait<T> wait, TimeSpan timeout)
    {
        try
        {
            wait.Begin(_hub, _green, timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : _hub.Time.DeadlineAfter(timeout), _scope, _cancellationToken);
        }
        catch
        {
            // A comparer of the user's own has failed; nothing is left behind.
            wait.Release();
            throw;
        }
    }
}
