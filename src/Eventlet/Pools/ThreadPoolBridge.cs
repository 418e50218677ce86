using Eventlet.Pools;

namespace Eventlet;

/// <summary>
/// Runs blocking calls on threads of its own, so that only the caller waits for them and not his whole hub. Results and errors come back to the caller's hub.
/// </summary>
/// <remarks>
/// A caller who is interrupted (Kill, time-out, token) abandons the call: if it has not begun it never does, otherwise its thread finishes it and the outcome is dropped. What runs there must use
/// the blocking forms of this library, not await. A call from within such a call runs at once, on the same thread.
/// The threads are made as they are needed, up to the size, and are background threads: they do not keep the process alive.
/// </remarks>
public static class ThreadPoolBridge
{
    /// <summary>The environment variable with the number of threads: a whole number from 1 up. Read at first use. Not set: 20.</summary>
    public const string EnvironmentVariable = "EVENTLET_THREADPOOL_SIZE";

    private const int DefaultSize = 20;

    private static readonly Lock s_lock = new();
    private static BridgeThreads? s_threads;
    private static int s_size;

    /// <summary>How many threads there are at most. It can be set before the first call, and after a <see cref="Shutdown"/>. Any thread.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    /// <exception cref="InvalidOperationException">Setting: the threads run already. Reading: the environment variable is no whole number from 1 up.</exception>
    public static int Size
    {
        get
        {
            lock (s_lock)
            {
                return s_size > 0 ? s_size : s_size = SizeOf(Environment.GetEnvironmentVariable(EnvironmentVariable));
            }
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            lock (s_lock)
            {
                if (s_threads is not null)
                {
                    throw new InvalidOperationException("the number of threads is set before the first call, or after Shutdown");
                }

                s_size = value;
            }
        }
    }

    /// <summary>Runs a blocking call on a thread of the pool. Any thread.</summary>
    /// <typeparam name="T">The type of its result.</typeparam>
    /// <param name="call">The call. The caller's ExecutionContext flows into it.</param>
    /// <param name="cancellationToken">Abandons the call, with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">The environment variable is no whole number from 1 up.</exception>
    public static ValueTask<T> ExecuteAsync<T>(Func<T> call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (BridgeThreads.IsCurrent)
        {
            return new ValueTask<T>(call());
        }

        int size = Size;
        var work = new BridgeCall<T>(call);
        ValueTask<T> outcome = work.WaitAsync(cancellationToken);
        if (!outcome.IsCompleted)
        {
            Begin(work, size);
        }

        return outcome;
    }

    /// <inheritdoc cref="ExecuteAsync{T}(Func{T}, CancellationToken)"/>
    public static ValueTask ExecuteAsync(Action call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (BridgeThreads.IsCurrent)
        {
            call();
            return default;
        }

        int size = Size;
        var work = new BridgeCall<bool>(() =>
        {
            call();
            return true;
        });
        ValueTask outcome = work.WaitPlainAsync(cancellationToken);
        if (!outcome.IsCompleted)
        {
            Begin(work, size);
        }

        return outcome;
    }

    /// <summary>Runs a call on a thread of the pool, and blocks until it is over; the hub runs meanwhile. Outside MAINLOOP only.</summary>
    /// <typeparam name="T">The type of its result.</typeparam>
    /// <param name="call">The call.</param>
    /// <exception cref="InvalidOperationException">Inside MAINLOOP.</exception>
    public static T Execute<T>(Func<T> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Blocking.RefuseInMainloop("ThreadPoolBridge.Execute", "ExecuteAsync");
        if (BridgeThreads.IsCurrent)
        {
            return call();
        }

        var work = new BridgeCall<T>(call);
        Begin(work, Size);
        return work.Wait();
    }

    /// <summary>Ends the threads: what was asked for is still done, and told; a later call begins anew. Blocks the calling thread, a hub included. Any thread but those of the pool.</summary>
    /// <param name="timeout">How long it waits at most; infinite: no limit.</param>
    /// <returns>Whether all have ended. What has not goes on in the background.</returns>
    /// <exception cref="InvalidOperationException">On a thread of the pool.</exception>
    public static bool Shutdown(TimeSpan timeout)
    {
        if (BridgeThreads.IsCurrent)
        {
            throw new InvalidOperationException("a call on a thread of the pool cannot wait for its end");
        }

        BridgeThreads? threads;
        lock (s_lock)
        {
            threads = s_threads;
            s_threads = null;
        }

        return threads is null || threads.End(timeout);
    }

    /// <summary>What the environment variable says.</summary>
    internal static int SizeOf(string? text)
    {
        if (text is null)
        {
            return DefaultSize;
        }

        return int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int size) && size >= 1
            ? size
            : throw new InvalidOperationException($"{EnvironmentVariable} must be a whole number from 1 up, but is '{text}'");
    }

    private static void Begin(BridgeCall work, int size)
    {
        // Within the lock: threads that are being ended take no more.
        lock (s_lock)
        {
            s_threads ??= new BridgeThreads(size);
            s_threads.Add(work);
        }
    }
}
