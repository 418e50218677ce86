using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Eventlet.AspNetCore.Connections;

// The greenthread: receives until the peer ends its half, the connection fails or nobody reads any more.
internal sealed partial class HubConnection
{
    /// <summary>As little room as a receive is begun with.</summary>
    private const int SmallestBuffer = 2048;

    /// <summary>Whether the greenthread hands over what it has received, and so waits for nothing. Its thread only.</summary>
    private bool _isFlushing;

    /// <summary>Receives in a greenthread. One that was dropped with its hub, perhaps before it has begun, cannot end the connection: that is done here.</summary>
    private async Task ReceiveOrEndAsync()
    {
        try
        {
            await Hub.Spawn(ReceiveAsync).AsTask().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Not on the thread that drops the hub, which may hold whatever it likes.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var reason = new ConnectionAbortedException("The hub was disposed.", error);
            Shutdown(reason);
            _socket.Close();
            await _input.Writer.CompleteAsync(reason).ConfigureAwait(false);
            if (ClaimClosed())
            {
                CancelClosedToken();
            }
        }
    }

    private async Task ReceiveAsync()
    {
        Context = SynchronizationContext.Current;
        Exception? error = null;
        try
        {
            _hubReader?.BeginWaiting();
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
            Complete(_shutdownReason ?? error);
            if (error is null && !_isShut)
            {
                await HalfClosedAsync();
            }

            FireConnectionClosed();
            if (_settings.RunsOnHub && !_isComplete)
            {
                // The greenthread is the application's as long as that has something to do.
                await DisposingAsync();
            }
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
            if (result.IsCompleted || result.IsCanceled || _isShut)
            {
                return;
            }
        }
    }

    /// <summary>Hands over what was received.</summary>
    private ValueTask<FlushResult> Deliver(PipeWriter input)
    {
        IsDelivering = true;
        _isFlushing = true;
        try
        {
            return input.FlushAsync();
        }
        finally
        {
            EndDelivery();
            _isFlushing = false;
        }
    }

    /// <summary>Nothing more comes. A reader on the hub is told of it here, before ConnectionClosed fires.</summary>
    private void Complete(Exception? reason)
    {
        IsDelivering = true;
        try
        {
            _input.Writer.Complete(reason);
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
        Task shut;
        lock (_shutdownLock)
        {
            if (_isShut)
            {
                return;
            }

            shut = (_shut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        try
        {
            await shut.WaitAsync(_settings.HalfCloseTimeout);
        }
        catch (TimeoutException)
        {
            // The application goes on without being asked for anything: it shall know that nobody may be there.
        }
    }

    /// <summary>The application has ended.</summary>
    private async ValueTask DisposingAsync()
    {
        Task disposing;
        lock (_shutdownLock)
        {
            if (_isDisposing)
            {
                return;
            }

            disposing = (_disposing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await disposing;
    }

    /// <summary>
    /// Tells, once, that nothing more comes: on the hub here, off it away from the receiving, for the callbacks are anybody's. Whoever disposes the connection already does it.
    /// </summary>
    private void FireConnectionClosed()
    {
        if (Volatile.Read(ref _isDisposing) || !ClaimClosed())
        {
            return;
        }

        if (_settings.RunsOnHub)
        {
            CancelClosedToken();
        }
        else
        {
            _closedFired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.CancelClosedToken(), this, preferLocal: false);
        }
    }

    /// <summary>Whether the caller is the one who fires ConnectionClosed.</summary>
    private bool ClaimClosed() => !Interlocked.Exchange(ref _isClosedClaimed, true);

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

        _closedFired?.TrySetResult();
    }
}
