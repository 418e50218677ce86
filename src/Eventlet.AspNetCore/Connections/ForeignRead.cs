using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Eventlet.AspNetCore.Connections;

/// <summary>
/// A read of a connection whose application runs on the hub, begun on another thread: it stays pending until it is awaited, and its awaiter goes on in the connection's
/// greenthread, even if there is something to read already. One at a time.
/// </summary>
internal sealed class ForeignRead(HubPipeReader reader, HubConnection connection) : IValueTaskSource<ReadResult>
{
    private const int Idle = 0;
    private const int Begun = 1;
    private const int Done = 2;

    // What came first: the greenthread, or somebody who waits for it with a read.
    private const int GreenHasBegun = 1;
    private const int ReaderWaits = 2;

    private CancellationToken _cancellationToken;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private Action? _ended;
    private ValueTask<ReadResult> _reading;
    private ReadResult _result;
    private Exception? _error;
    private int _stage;
    private short _version;
    private bool _hasBegun;
    private int _start;

    internal ValueTask<ReadResult> Begin(CancellationToken cancellationToken)
    {
        if (_hasBegun)
        {
            connection.Settings.Metrics.OffHubHop();
        }

        _hasBegun = true;
        if (Interlocked.CompareExchange(ref _stage, Begun, Idle) != Idle)
        {
            throw new InvalidOperationException("Reading is already in progress.");
        }

        _cancellationToken = cancellationToken;
        return new ValueTask<ReadResult>(this, _version);
    }

    public ValueTaskSourceStatus GetStatus(short token) => token != _version ? throw Consumed()
        : Volatile.Read(ref _stage) != Done ? ValueTaskSourceStatus.Pending
        : _error is null ? ValueTaskSourceStatus.Succeeded
        : _error is OperationCanceledException ? ValueTaskSourceStatus.Canceled
        : ValueTaskSourceStatus.Faulted;

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        // The flags do not matter: an async method brings its own ExecutionContext, and where it goes on is decided here.
        _continuation = continuation;
        _continuationState = state;
        if (Volatile.Read(ref _start) == GreenHasBegun || Interlocked.CompareExchange(ref _start, ReaderWaits, 0) != 0)
        {
            connection.Post(static self => ((ForeignRead)self!).Read(), this);
        }
    }

    /// <summary>The greenthread has begun: a read that has waited for it begins here, so that what is received goes straight to its reader. In the greenthread.</summary>
    internal void BeginWaiting()
    {
        if (Interlocked.Exchange(ref _start, GreenHasBegun) == ReaderWaits)
        {
            Read();
        }
    }

    public ReadResult GetResult(short token)
    {
        if (token != _version || Volatile.Read(ref _stage) != Done)
        {
            throw Consumed();
        }

        ReadResult result = _result;
        Exception? error = _error;
        _result = default;
        _error = null;
        unchecked
        {
            _version++;
        }

        Volatile.Write(ref _stage, Idle);
        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return result;
    }

    private static InvalidOperationException Consumed() => new("the result of this read was taken already, or is not there yet: await a ValueTask once");

    /// <summary>On the hub; where it was dropped, on the thread pool.</summary>
    private void Read()
    {
        try
        {
            _reading = reader.ReadHere(_cancellationToken);
        }
        catch (Exception error)
        {
            // A pipe whose writer has failed throws that from the call.
            _reading = ValueTask.FromException<ReadResult>(error);
        }

        if (_reading.IsCompleted)
        {
            Ended();
        }
        else
        {
            _reading.GetAwaiter().UnsafeOnCompleted(_ended ??= Ended);
        }
    }

    private void Ended()
    {
        try
        {
            _result = _reading.Result;
        }
        catch (Exception error)
        {
            _error = error;
        }

        _reading = default;
        Action<object?> continuation = _continuation!;
        object? state = _continuationState;
        _continuation = null;
        _continuationState = null;
        Volatile.Write(ref _stage, Done);
        if (connection.IsDelivering)
        {
            continuation(state);
        }
        else
        {
            connection.Deliver(continuation, state);
        }
    }
}
