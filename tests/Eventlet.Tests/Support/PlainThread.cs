using System.Runtime.ExceptionServices;

namespace Eventlet.Tests.Support;

/// <summary>
/// Runs a piece of a test on a thread of its own: tests are run by pool threads, which own no hub, and a fresh thread has
/// neither a hub nor a SynchronizationContext from before.
/// </summary>
internal static class PlainThread
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);

    /// <summary>Runs <paramref name="body"/> to its end and rethrows what it throws.</summary>
    /// <exception cref="TimeoutException">It is not done within the limit; the thread is abandoned.</exception>
    internal static void Run(Action body, TimeSpan? limit = null) =>
        Run(() =>
        {
            body();
            return true;
        }, limit);

    /// <summary>Runs <paramref name="body"/> to its end and hands out what it returns or throws.</summary>
    /// <exception cref="TimeoutException">It is not done within the limit; the thread is abandoned.</exception>
    internal static T Run<T>(Func<T> body, TimeSpan? limit = null)
    {
        Started<T> started = Start(body);
        return started.Join(limit);
    }

    /// <summary>Starts <paramref name="body"/>; the test ends it with <see cref="Started{T}.Join"/>.</summary>
    internal static Started<T> Start<T>(Func<T> body) => new(body);

    /// <summary>A thread that was started.</summary>
    internal sealed class Started<T>
    {
        private readonly Thread _thread;
        private T? _result;
        private ExceptionDispatchInfo? _error;

        internal Started(Func<T> body)
        {
            _thread = new Thread(() =>
            {
                try
                {
                    _result = body();
                }
                catch (Exception e)
                {
                    _error = ExceptionDispatchInfo.Capture(e);
                }
            })
            { IsBackground = true, Name = "test" };
            _thread.Start();
        }

        /// <summary>Whether it has ended.</summary>
        internal bool HasEnded => !_thread.IsAlive;

        /// <summary>Waits for its end.</summary>
        internal T Join(TimeSpan? limit = null)
        {
            if (!_thread.Join(limit ?? DefaultLimit))
            {
                throw new TimeoutException($"the test's thread is not done after {limit ?? DefaultLimit}");
            }

            _error?.Throw();
            return _result!;
        }
    }
}
