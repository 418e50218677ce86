using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Eventlet.Diagnostics;

namespace Eventlet.Net;

/// <summary>
/// One run of a server: an accepting greenthread and those of the handlers. All on one hub's thread, except that the handlers may run on the hubs of a group; their
/// ends are told to this one.
/// </summary>
internal sealed class ConnectionServer(Hub hub, GreenSocket listener, Func<GreenSocket, Task> handler, ServeOptions options, HubGroup? group = null)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    private readonly HashSet<GreenThread> _handlers = [];
    private GreenThread? _loop;
    private bool _isWaiting;
    private bool _isOver;
    private Exception? _failure;

    internal GreenThread Start() => _loop = hub.Spawn(RunAsync);

    private async Task RunAsync()
    {
        try
        {
            await AcceptConnectionsAsync();
        }
        catch (StopServe)
        {
            // A handler's way to end the server normally.
        }
        finally
        {
            _isOver = true;
            if (options.Drain is { } limit)
            {
                await DrainAsync(limit);
            }
        }
    }

    private async Task AcceptConnectionsAsync()
    {
        while (true)
        {
            if (_handlers.Count == options.Concurrency)
            {
                await HandlerEndedAsync();
            }

            ThrowFailure();
            GreenSocket connection = await AcceptAsync();
            Handle(connection, group?.LeastBusy ?? hub);
        }
    }

    private void Handle(GreenSocket connection, Hub place)
    {
        GreenThread handling = place.Spawn(() => HandleAsync(connection));
        _handlers.Add(handling);
        handling.Link(ended =>
        {
            // A handler that was killed before it began has not closed it.
            connection.Close();
            if (hub.IsCurrent)
            {
                HandlerEnded(ended);
            }
            else if (!hub.IsDisposed)
            {
                hub.Enqueue(new CallbackItem(() => HandlerEnded(ended)));
            }
        });
    }

    /// <summary>Waits for the handlers, kills those that take too long, and waits for their clean-up.</summary>
    private async Task DrainAsync(TimeSpan limit)
    {
        using (var patience = new GreenTimeout(limit == Timeout.InfiniteTimeSpan ? null : limit))
        {
            try
            {
                while (_handlers.Count > 0)
                {
                    await HandlerEndedAsync();
                }
            }
            catch (GreenTimeoutException error) when (patience.Caught(error))
            {
                // What is left is killed below.
            }
            finally
            {
                // Also if this greenthread itself was killed meanwhile: nobody waits for the handlers then.
                foreach (GreenThread handling in _handlers.ToArray())
                {
                    handling.Kill();
                }
            }
        }

        while (_handlers.Count > 0)
        {
            await HandlerEndedAsync();
        }
    }

    private ValueTask<object?> HandlerEndedAsync()
    {
        _isWaiting = true;
        return hub.SwitchAsync();
    }

    private async ValueTask<GreenSocket> AcceptAsync()
    {
        TimeSpan pause = s_firstPause;
        while (true)
        {
            try
            {
                return await listener.AcceptAsync();
            }
            catch (SocketException error) when (IsShortage(error))
            {
                if (pause == s_firstPause)
                {
                    // Once per shortage: what repeats tells nothing new.
                    hub.ReportUnhandled(error);
                }

                HubEventSource.Log.AcceptDeferred(error.Message);
            }

            await GreenThread.SleepAsync(pause);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    private async Task HandleAsync(GreenSocket connection)
    {
        try
        {
            await handler(connection);
        }
        finally
        {
            connection.Close();
        }
    }

    private void HandlerEnded(GreenThread ended)
    {
        _handlers.Remove(ended);
        if (ended.Failure is { } failure && _failure is null && !_isOver)
        {
            _failure = failure;
            _loop!.Throw(failure);
        }
        else if (_isWaiting)
        {
            // Not there any more if it was killed meanwhile.
            _loop!.TrySwitch();
        }

        _isWaiting = false;
    }

    private void ThrowFailure()
    {
        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static bool IsShortage(SocketException error) =>
        error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable
        || error.NativeErrorCode is Interop.Errno.ENFILE or Interop.Errno.ENOMEM;
}
