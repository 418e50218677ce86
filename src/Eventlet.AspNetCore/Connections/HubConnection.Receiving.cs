using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Eventlet.AspNetCore.Connections;

// The greenthread: receives until the peer ends its half, the connection fails or nobody reads any more.
internal sealed partial class HubConnection
{
    /// <summary>As little room as a receive is begun with.</summary>
    private const int SmallestBuffer = 2048;

    private async Task ReceiveAsync()
    {
        Context = SynchronizationContext.Current;
        Exception? error = null;
        try
        {
            await ReceiveUntilEndAsync();
        }
        catch (SocketException failure) when (SocketFailures.IsReset(failure))
        {
            error = _shutdownReason ?? new ConnectionResetException(failure.Message, failure);
            if (!_isShut)
            {
                _settings.Log.ConnectionReset(ConnectionId);
            }
        }
        catch (Exception failure) when (failure is IOClosedException or ObjectDisposedException || SocketFailures.IsAbort(failure))
        {
            // Closed here: with the reason of whoever did it.
            error = _shutdownReason ?? new ConnectionAbortedException(failure.Message, failure);
        }
        catch (SocketException failure)
        {
            error = _shutdownReason ?? failure;
            _settings.Log.ConnectionError(ConnectionId, failure);
        }
        finally
        {
            EndReceiving();
            _input.Writer.Complete(_shutdownReason ?? error);
            if (error is null && !_isShut)
            {
                await HalfClosedAsync();
            }

            FireConnectionClosed();
            await _closedFired.Task;

            // The greenthread is the application's as long as there is one.
            await _disposing.Task;
        }
    }

    private async Task ReceiveUntilEndAsync()
    {
        PipeWriter input = _input.Writer;
        bool isLazy = _settings.WaitsForData;
        while (true)
        {
            int count;
            if (isLazy)
            {
                count = await _socket.ReceiveAsync(input, SmallestBuffer);
            }
            else
            {
                count = await _socket.ReceiveAsync(input.GetMemory(SmallestBuffer));
                input.Advance(count);
            }

            if (count == 0)
            {
                if (!_isShut)
                {
                    _settings.Log.ConnectionReadFin(this);
                }

                return;
            }

            _senders.NoteReceive();
            ValueTask<FlushResult> flushing = Deliver(input);
            FlushResult result = flushing.IsCompletedSuccessfully ? flushing.Result : await PausedAsync(flushing);
            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }
        }
    }

    /// <summary>Hands over what was received.</summary>
    private ValueTask<FlushResult> Deliver(PipeWriter input)
    {
        IsDelivering = true;
        try
        {
            return input.FlushAsync();
        }
        finally
        {
            EndDelivery();
        }
    }

    /// <summary>
    /// Lets an application that runs on the hub go on. What it flushes meanwhile is sent afterwards, all at once. Hub thread, in the greenthread.
    /// </summary>
    internal void Deliver(Action<object?> application, object? state)
    {
        IsDelivering = true;
        try
        {
            application(state);
        }
        finally
        {
            EndDelivery();
        }
    }

    private void EndDelivery()
    {
        IsDelivering = false;
        _senders.RunDeferred();
    }

    private async ValueTask<FlushResult> PausedAsync(ValueTask<FlushResult> flushing)
    {
        _settings.Log.ConnectionPause(ConnectionId);
        FlushResult result = await flushing;
        _settings.Log.ConnectionResume(ConnectionId);
        return result;
    }

    /// <summary>
    /// The peer has ended its half, and may want the rest of its responses; or it has closed altogether, which looks the same. Kestrel drops what is to be sent once it is told,
    /// so it is told when the connection ends here, or when it has had its time.
    /// </summary>
    private async ValueTask HalfClosedAsync()
    {
        try
        {
            await _shut.Task.WaitAsync(_settings.HalfCloseTimeout);
        }
        catch (TimeoutException)
        {
            // The application goes on without being asked for anything: it shall know that nobody may be there.
        }
    }

    /// <summary>Tells, once, that nothing more comes; away from the receiving, for the callbacks are anybody's.</summary>
    private void FireConnectionClosed()
    {
        if (_settings.RunsOnHub)
        {
            Post(static state => ((HubConnection)state!).CancelClosedToken(), this);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.CancelClosedToken(), this, preferLocal: false);
        }
    }

    private void CancelClosedToken()
    {
        try
        {
            _closedSource.Cancel();
        }
        catch (AggregateException error)
        {
            _settings.Log.ClosedCallbackFailed(ConnectionId, error);
        }

        _closedFired.TrySetResult();
    }
}
