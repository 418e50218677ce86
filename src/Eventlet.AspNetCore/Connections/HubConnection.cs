using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Eventlet.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Eventlet.AspNetCore.Connections;

/// <summary>
/// One connection: a greenthread of its hub receives into a pipe, and where the application runs on the hub it is that greenthread that runs it, inside the flush of
/// what was received. The sending half has no thread of its own: it goes on wherever somebody has flushed, and waits on the hub only where the system would block.
/// </summary>
internal sealed partial class HubConnection : ConnectionContext
{
    private static long s_lastId = DateTime.UtcNow.Ticks;

    private readonly GreenSocket _socket;
    private readonly ConnectionSettings _settings;
    private readonly MemoryPool<byte> _pool;
    private readonly Pipe _input;
    private readonly Pipe _output;
    private readonly HubSendScheduler _senders;
    private readonly CancellationTokenSource _closedSource = new();
    private readonly HubPipeReader? _hubReader;
    private readonly Lock _shutdownLock = new();
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    // Made only where somebody waits for them, under the lock.
    private TaskCompletionSource? _shut;
    private TaskCompletionSource? _disposing;
    private TaskCompletionSource? _closedFired;
    private Exception? _shutdownReason;
    private bool _isShut;

    /// <summary>Whether it was shut because the application has completed its output, and everything was sent.</summary>
    private bool _isComplete;
    private bool _hasReceived;
    private bool _isDisposing;
    private bool _isClosedClaimed;
    private string? _id;
    private IDictionary<object, object?>? _items;
    private EndPoint? _local;
    private EndPoint? _remote;
    private bool _knowsLocal;
    private bool _knowsRemote;

    internal HubConnection(GreenSocket socket, Hub hub, MemoryPool<byte> pool, ConnectionSettings settings)
    {
        _socket = socket;
        _settings = settings;
        _pool = pool;
        Hub = hub;
        ConnectionClosed = _closedSource.Token;
        _senders = new HubSendScheduler(this);
        bool isOnHub = settings.RunsOnHub;
        var writers = new HubContextScheduler(this);
        _input = new Pipe(new PipeOptions(
            pool, isOnHub ? new HubReaderScheduler(this) : new PoolReaderScheduler(), writers, settings.MaxReadBuffer, settings.MaxReadBuffer / 2, useSynchronizationContext: settings.IsClient));
        _output = new Pipe(new PipeOptions(
            pool, _senders, isOnHub ? writers : PipeScheduler.ThreadPool, settings.MaxWriteBuffer, settings.MaxWriteBuffer / 2, useSynchronizationContext: settings.IsClient));
        _hubReader = isOnHub ? new HubPipeReader(_input.Reader, this) : null;
        PipeReader reader = _hubReader ?? (settings.IsClient ? _input.Reader : new InputReader(_input.Reader));

        // On the hub it is the end of a delivery that sends; flushes need not be counted.
        PipeWriter writer = isOnHub ? _output.Writer : new HubPipeWriter(_output.Writer, _senders);
        Transport = new HubDuplexPipe(reader, writer);
        Features = new ConnectionFeatures(this);
    }

    /// <summary>The hub whose thread does the socket work.</summary>
    internal Hub Hub { get; }

    /// <summary>The greenthread's context, through which the application comes back to it; null until it has begun.</summary>
    internal SynchronizationContext? Context { get; private set; }

    internal ConnectionSettings Settings => _settings;

    /// <summary>Whether the application runs now, inside the delivery of what it has waited for. Hub thread only.</summary>
    internal bool IsDelivering { get; private set; }

    public override string ConnectionId
    {
        get => _id ??= Interlocked.Increment(ref s_lastId).ToString("X", System.Globalization.CultureInfo.InvariantCulture);
        set => _id = value;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint
    {
        get => _knowsLocal ? _local : LocalEndPoint = AddressOf(static socket => socket.LocalEndPoint);
        set
        {
            _local = value;
            _knowsLocal = true;
        }
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _knowsRemote ? _remote : RemoteEndPoint = AddressOf(static socket => socket.RemoteEndPoint);
        set
        {
            _remote = value;
            _knowsRemote = true;
        }
    }

    /// <summary>Begins to receive and to send.</summary>
    internal void Start()
    {
        // In this order: the greenthread may begin, and end, at once.
        _sending = SendAsync();
        _receiving = ReceiveOrEndAsync();
    }

    public override void Abort() => Abort(new ConnectionAbortedException("The connection was aborted by the application."));

    public override void Abort(ConnectionAbortedException abortReason)
    {
        // The reason first: whoever finds the socket closed asks for it.
        Shutdown(abortReason);
        _output.Reader.CancelPendingRead();
    }

    public override async ValueTask DisposeAsync()
    {
        BeginDisposing();
        await _input.Reader.CompleteAsync().ConfigureAwait(false);
        await _output.Writer.CompleteAsync().ConfigureAwait(false);
        try
        {
            await _receiving.ConfigureAwait(false);
            await _sending.ConfigureAwait(false);
        }
        catch (Exception error) when (error is HubException or GreenletExit)
        {
            // The hub was dropped, and its greenthreads with it: nobody receives or sends any more.
            Shutdown(new ConnectionAbortedException("The hub was disposed.", error));
            _socket.Close();
        }

        if (ClaimClosed())
        {
            CancelClosedToken();
        }
        else if (_closedFired is { } fired)
        {
            await fired.Task.ConfigureAwait(false);
        }

        _closedSource.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Nothing of the application runs any more: the greenthread, if it waits for that, may end.</summary>
    private void BeginDisposing()
    {
        lock (_shutdownLock)
        {
            _isDisposing = true;
        }

        _disposing?.TrySetResult();
    }

#pragma warning disable VSTHRD001 // The context is a hub's; there is no user interface, and no main thread to switch to.
    /// <summary>Runs something in the greenthread of the connection, or where that has ended in a callback of its hub. Any thread.</summary>
    internal void Post(SendOrPostCallback callback, object? state)
    {
        if (Context is { } context)
        {
            context.Post(callback, state);
        }
        else
        {
            PostBeforeStart(callback, state);
        }
    }

    // The greenthread was spawned before anybody had the connection, so it has begun when this is run.
    private void PostBeforeStart(SendOrPostCallback callback, object? state)
    {
        try
        {
            Hub.Post(() => (Context ?? SynchronizationContext.Current!).Post(callback, state));
        }
        catch (HubException)
        {
            ThreadPool.QueueUserWorkItem(callback.Invoke, state);
        }
    }

#pragma warning restore VSTHRD001

    /// <summary>
    /// Ends the connection, once; who finds it ended gets the reason. Without one the greenthread closes the socket, where it is registered: no exception, no message to the hub.
    /// If this is within its own delivery it finds out afterwards; else both halves are shut, so that it receives the end. Any thread.
    /// </summary>
    private void Shutdown(Exception? reason)
    {
        lock (_shutdownLock)
        {
            if (_isShut)
            {
                return;
            }

            _isShut = true;
            _isComplete = reason is null;
            _shutdownReason = reason ?? new ConnectionAbortedException("The connection has ended: everything was sent.");
            if (reason is not null)
            {
                Reset();
                _socket.Close();
            }
            else if (_hasReceived)
            {
                _socket.Close();
            }
            else if (!(_isFlushing && Hub.IsCurrent) && !TryShutBoth())
            {
                _socket.Close();
            }
        }

        _shut?.TrySetResult();
    }

    /// <summary>The greenthread receives no more: it closes what was shut before. Whoever shuts afterwards closes.</summary>
    private void EndReceiving()
    {
        lock (_shutdownLock)
        {
            _hasReceived = true;
            if (_isShut)
            {
                _socket.Close();
            }
        }
    }

    private bool TryShutBoth()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
            return true;
        }
        catch (SocketException)
        {
            // The peer was faster.
            return false;
        }
    }

    /// <summary>An abort is seen as such by the peer: no linger, so the close sends a reset.</summary>
    private void Reset()
    {
        try
        {
            using var view = new Socket(new SafeSocketHandle(_socket.SafeHandle.DangerousGetHandle(), ownsHandle: false));
            view.LingerState = new LingerOption(true, 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is gone already, or knows no linger.
        }
    }

    private EndPoint? AddressOf(Func<GreenSocket, EndPoint?> address)
    {
        try
        {
            return address(_socket);
        }
        catch (Exception error) when (error is SocketException or IOClosedException or ObjectDisposedException)
        {
            return null;
        }
    }
}
