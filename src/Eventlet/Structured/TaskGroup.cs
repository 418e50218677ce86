using System.Runtime.ExceptionServices;
using Eventlet.Synchronization;

namespace Eventlet;

/// <summary>
/// A scope for greenthreads: none of its children outlives it. The first failure, of the body or of a child, cancels the rest: children are killed, the body's waits fail.
/// All errors are reported. See docs/cancellation.md.
/// </summary>
/// <remarks>
/// <see cref="RunAsync(Func{TaskGroup, Task})"/> ends when the body and all children have. If only the body has failed, or whoever waits for the group was interrupted (Kill, an outer scope), that
/// exception is thrown as it is, so that its scope knows it. If children have failed, an <see cref="AggregateException"/> has every error: the body's own first, then theirs in the order of
/// their failing. What the group itself has cancelled is no error, nor is a <see cref="GreenletExit"/>.
/// </remarks>
public sealed class TaskGroup : IGreenThreadWatcher
{
    private readonly Hub _hub;
    private readonly IdleLine _running = new();
    private readonly HashSet<GreenThread> _children = [];
    private readonly List<Exception> _errors = [];
    private readonly Lock _lock = new();
    private readonly CancelScope _scope;
    private bool _isCancelled;
    private bool _isOver;

    private TaskGroup(Hub hub, CancelScope scope)
    {
        _hub = hub;
        _scope = scope;
    }

    /// <summary>How many children have not ended. Any thread; a snapshot.</summary>
    public int Running => _running.Count;

    /// <summary>Cancelled with the group, for foreign APIs in the body; children have <see cref="GreenThread.CancellationToken"/>. Any thread.</summary>
    public CancellationToken Token => _scope.Token;

    /// <summary>Runs a body and the children that it spawns, and ends when all of them have. Any thread; outside a greenthread the body becomes one, on the thread's hub.</summary>
    /// <param name="body">Gets the group.</param>
    /// <exception cref="AggregateException">Children have failed.</exception>
    public static Task RunAsync(Func<TaskGroup, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return StartAsync<bool>(async group =>
        {
            await body(group);
            return true;
        }, needsValue: false);
    }

    /// <inheritdoc cref="RunAsync(Func{TaskGroup, Task})"/>
    /// <typeparam name="T">The type of the body's result.</typeparam>
    /// <exception cref="OperationCanceledException">The group was cancelled by <see cref="Cancel"/> before the body had a result.</exception>
    public static Task<T> RunAsync<T>(Func<TaskGroup, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return StartAsync(body, needsValue: true);
    }

    /// <summary>As <see cref="RunAsync(Func{TaskGroup, Task})"/>, blocking. Outside MAINLOOP only.</summary>
    /// <param name="body">Gets the group.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public static void Run(Func<TaskGroup, Task> body)
    {
        Blocking.RefuseInMainloop("TaskGroup.Run", "TaskGroup.RunAsync");
        Hubs.GetHub().Spawn(() => RunAsync(body)).Wait();
    }

    /// <summary>Runs a child that nobody awaits by itself: the group does. As <see cref="Spawn(Func{Task})"/>.</summary>
    /// <param name="body">The child's code.</param>
    /// <exception cref="InvalidOperationException">The group has ended, or this is another thread.</exception>
    public void SpawnN(Func<Task> body) => _ = Spawn(body);

    /// <summary>Runs a child. On the hub's thread only, in the body or in a child. One that is spawned into a cancelled group never begins.</summary>
    /// <param name="body">The child's code.</param>
    /// <returns>The child; it may be awaited and killed, and need not be.</returns>
    /// <exception cref="InvalidOperationException">The group has ended, or this is another thread.</exception>
    public GreenThread Spawn(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Begin(new GreenThread(_hub, body, isDetached: false));
    }

    /// <inheritdoc cref="Spawn(Func{Task})"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public GreenThread<T> Spawn<T>(Func<Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Begin(new GreenThread<T>(_hub, body));
    }

    /// <summary>Cancels the rest: children are killed, the waits of the body fail. That is no error: the group then ends quietly when all have. Idempotent. Any thread.</summary>
    public void Cancel()
    {
        GreenThread[] children;
        lock (_lock)
        {
            if (_isCancelled)
            {
                return;
            }

            _isCancelled = true;
            children = [.. _children];
        }

        _scope.Cancel();
        foreach (GreenThread child in children)
        {
            if (ReferenceEquals(child, GreenThread.Current))
            {
                // It goes on to its next wait, like everybody else.
                child.KillLater();
            }
            else
            {
                child.Kill();
            }
        }
    }

    void IGreenThreadWatcher.Ended(GreenThread green, Exception? error)
    {
        bool isFailure = error is not null and not GreenletExit && !green.WasKilled;
        lock (_lock)
        {
            _children.Remove(green);
            if (isFailure)
            {
                _errors.Add(error!);
            }
        }

        green.TakeOver();
        if (isFailure)
        {
            Cancel();
        }

        _running.TryRemove();
    }

    private static Task<T> StartAsync<T>(Func<TaskGroup, Task<T>> body, bool needsValue) => GreenThread.Current is { } host
        ? RunInGreenAsync(host.Hub, body, needsValue)
        : Hubs.GetHub().InvokeAsync(() => RunInGreenAsync(GreenThread.Current!.Hub, body, needsValue));

    private static async Task<T> RunInGreenAsync<T>(Hub hub, Func<TaskGroup, Task<T>> body, bool needsValue)
    {
        using var scope = new CancelScope();
        var group = new TaskGroup(hub, scope);
        Exception? own = null;
        Exception? cut = null;
        T result = default!;
        try
        {
            result = await body(group);
        }
        catch (Exception error) when (scope.IsFrom(error))
        {
            cut = error;
        }
        catch (Exception error)
        {
            own = error;
            group.Cancel();
        }

        scope.Dispose();
        own ??= await group.JoinAsync();
        await group.JoinShieldedAsync();
        group.ThrowErrors(own);
        if (needsValue && cut is not null)
        {
            ExceptionDispatchInfo.Throw(cut);
        }

        return result;
    }

    /// <summary>Waits until no child is left. What interrupts it cancels them, and is returned.</summary>
    private async Task<Exception?> JoinAsync()
    {
        try
        {
            while (_running.Count > 0 && !_isCancelled)
            {
                await _running.WaitAsync(default);
            }

            return null;
        }
        catch (Exception error)
        {
            Cancel();
            return error;
        }
    }

    /// <summary>Waits until no child is left. All that could be done has been done: what comes now comes after the group.</summary>
    private async Task JoinShieldedAsync()
    {
        using var shield = new CancelScope(shield: true);
        while (_running.Count > 0)
        {
            await _running.WaitAsync(default);
        }

        _isOver = true;
    }

    private void ThrowErrors(Exception? own)
    {
        lock (_lock)
        {
            if (_errors.Count > 0)
            {
                throw new AggregateException("a task group has failed", own is null ? _errors : [own, .. _errors]);
            }
        }

        if (own is not null)
        {
            ExceptionDispatchInfo.Throw(own);
        }
    }

    private TGreen Begin<TGreen>(TGreen child) where TGreen : GreenThread
    {
        if (!_hub.IsCurrent)
        {
            throw new InvalidOperationException("a child of a task group is spawned on the thread of the group's hub: in its body or in another child");
        }

        if (_isOver)
        {
            throw new InvalidOperationException("the task group has ended");
        }

        child.Watcher = this;
        _running.Add();
        bool isCancelled;
        lock (_lock)
        {
            _children.Add(child);
            isCancelled = _isCancelled;
        }

        _hub.Schedule(child);
        if (isCancelled)
        {
            child.Kill();
        }

        return child;
    }
}
