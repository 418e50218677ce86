namespace Eventlet;

/// <summary>
/// A stretch of code that can be cut short as a whole: by a deadline, or by <see cref="Cancel"/>. The waits of the hub inside fail with an
/// <see cref="OperationCanceledException"/> that carries <see cref="Token"/>, once; the token does the same for foreign APIs. See docs/cancellation.md.
/// </summary>
/// <remarks>
/// It belongs to the async flow that opens it, like a <see cref="GreenTimeout"/>, and works by the same mechanism: they nest in each other, and each knows what it has
/// raised. Greenthreads that are spawned inside are not in it; those of a <see cref="TaskGroup"/> end with the group. Dispose it in the method that made it.
/// </remarks>
public sealed class CancelScope : IDisposable
{
    private readonly GreenTimeout _scope;
    private volatile bool _wasCancelled;

    /// <summary>Opens a scope, which begins now.</summary>
    /// <param name="deadline">When it cuts itself short; null or infinite: never; zero and less: at the next wait.</param>
    /// <param name="shield">Whether to keep from what is inside what comes from outside it: outer scopes and time-outs, Kill and Throw. They come when it is left. Bound it by a deadline of its own.</param>
    public CancelScope(TimeSpan? deadline = null, bool shield = false)
        : this(deadline, shield, null)
    {
    }

    private CancelScope(TimeSpan? deadline, bool shield, Func<Exception>? onDeadline) =>
        _scope = new GreenTimeout(deadline, () => _wasCancelled || onDeadline is null ? Cancellation() : onDeadline(), shield);

    /// <summary>Cancelled when the scope is cut short, for foreign APIs. Any thread.</summary>
    public CancellationToken Token => _scope.Token;

    /// <summary>Whether <see cref="Cancel"/> was called. Any thread.</summary>
    public bool WasCancelled => _wasCancelled;

    /// <summary>Whether it is to be cut short: it was cancelled, or its deadline has passed. Any thread.</summary>
    public bool IsOver => _scope.IsOver;

    /// <summary>
    /// Runs code until a deadline, and goes on after it: what the scope raises ends here. Whether it was cut short is returned; whatever else ends the code,
    /// an outer scope for instance, is thrown.
    /// </summary>
    /// <param name="delay">How long it may take.</param>
    /// <param name="body">The code; the scope is for its <see cref="Token"/> and <see cref="Cancel"/>.</param>
    /// <returns>True: the code has ended by itself; false: this scope has cut it short.</returns>
    public static async Task<bool> MoveOnAfter(TimeSpan delay, Func<CancelScope, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = new CancelScope(delay);
        try
        {
            await body(scope);
            return true;
        }
        catch (Exception error) when (scope._scope.IsFrom(error))
        {
            return false;
        }
    }

    /// <summary>Runs code that must be done in time.</summary>
    /// <param name="delay">How long it may take.</param>
    /// <param name="body">The code; the scope is for its <see cref="Token"/> and <see cref="Cancel"/>.</param>
    /// <exception cref="GreenTimeoutException">Its deadline has cut it short, and no outer one.</exception>
    /// <exception cref="OperationCanceledException">Somebody has called this scope's <see cref="Cancel"/>.</exception>
    public static Task FailAfter(TimeSpan delay, Func<CancelScope, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return FailAfter<bool>(delay, async scope =>
        {
            await body(scope);
            return true;
        });
    }

    /// <inheritdoc cref="FailAfter(TimeSpan, Func{CancelScope, Task})"/>
    /// <typeparam name="T">The type of its result.</typeparam>
    public static async Task<T> FailAfter<T>(TimeSpan delay, Func<CancelScope, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = new CancelScope(delay, shield: false, () => new GreenTimeoutException($"timed out after {delay.TotalSeconds:0.###} s") { Delay = delay });
        try
        {
            return await body(scope);
        }
        catch (Exception error) when (!scope.WasCancelled && scope._scope.IsFromToken(error))
        {
            throw scope._scope.Raise();
        }
    }

    /// <summary>Runs code that nothing from outside cuts short: clean-up that waits, for instance. Outer scopes, Kill and Throw come at the first wait after it.</summary>
    /// <param name="body">The code.</param>
    public static async Task Shield(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = new CancelScope(shield: true);
        await body();
    }

    /// <summary>Cuts it short: the waits inside fail now, or the next one there. Idempotent. Any thread.</summary>
    public void Cancel()
    {
        if (!IsOver)
        {
            _wasCancelled = true;
            _scope.EndNow();
        }
    }

    /// <summary>Whether this scope raised an exception, in a wait or by its token, and not another one like it.</summary>
    /// <param name="e">What was caught.</param>
    public bool Caught(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return _scope.Caught(e) || _scope.IsFromToken(e);
    }

    /// <summary>Leaves the scope: what it did not raise is dropped. Idempotent.</summary>
    public void Dispose() => _scope.Dispose();

    internal bool IsFrom(Exception error) => _scope.IsFrom(error);

    private OperationCanceledException Cancellation() => new("the scope was cancelled", Token);
}
