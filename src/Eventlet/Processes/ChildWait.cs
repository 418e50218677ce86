using System.Runtime.InteropServices;
using Eventlet.Piping;

namespace Eventlet.Processes;

/// <summary>Waits for the end of a child: through its pidfd, which is one more descriptor for the hub; where there is none by looking again and again.</summary>
internal sealed class ChildWait(Child child)
{
    /// <summary>How often a child without a pidfd is looked at.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(10);

    private int _watched;

    internal async ValueTask<SubprocessExit> EndAsync(TimeSpan? timeout, CancellationToken cancellationToken)
    {
        SubprocessExit? exit = child.TryReap();
        if (exit is null && child.PidFd is { } pidfd)
        {
            bool isFirst = TryWatch();
            SafeHandle watched = Watched(pidfd, isFirst);
            try
            {
                await Hubs.TrampolineAsync(watched, read: true, timeout: timeout, cancellationToken: cancellationToken);
                exit = child.TryReap();
            }
            catch (IOClosedException)
            {
                exit = child.TryReap() ?? throw Disposed();
            }
            finally
            {
                Unwatch(watched, isFirst);
            }
        }

        if (exit is null)
        {
            using var limit = new GreenTimeout(timeout);
            while ((exit = child.TryReap()) is null)
            {
                await GreenThread.SleepAsync(s_interval, cancellationToken);
            }
        }

        return exit.Value;
    }

    internal SubprocessExit End(TimeSpan? timeout)
    {
        SubprocessExit? exit = child.TryReap();
        if (exit is null && child.PidFd is { } pidfd)
        {
            bool isFirst = TryWatch();
            SafeHandle watched = Watched(pidfd, isFirst);
            try
            {
                Hubs.Trampoline(watched, read: true, timeout: timeout);
                exit = child.TryReap();
            }
            catch (IOClosedException)
            {
                exit = child.TryReap() ?? throw Disposed();
            }
            finally
            {
                Unwatch(watched, isFirst);
            }
        }

        if (exit is null)
        {
            using var limit = new GreenTimeout(timeout);
            while ((exit = child.TryReap()) is null)
            {
                GreenThread.Sleep(s_interval);
            }
        }

        return exit.Value;
    }

    /// <summary>A hub has one waiter per descriptor: the second one gets a number of its own for the same pidfd.</summary>
    private bool TryWatch() => Interlocked.Exchange(ref _watched, 1) == 0;

    private static SafeHandle Watched(SafeHandle pidfd, bool isFirst)
    {
        try
        {
            return isFirst ? pidfd : PipeCalls.Duplicate(pidfd);
        }
        catch (ObjectDisposedException)
        {
            throw Disposed();
        }
    }

    private static IOClosedException Disposed() => new("the subprocess was disposed before it had ended");

    private void Unwatch(SafeHandle watched, bool isFirst)
    {
        if (isFirst)
        {
            Volatile.Write(ref _watched, 0);
        }
        else
        {
            watched.Dispose();
        }
    }
}
