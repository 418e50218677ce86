using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Eventlet.AspNetCore.Connections;

/// <summary>
/// The reading side of a server's connection. It tells the peer's end only with a read that brings nothing new: Kestrel takes a read that is both for one whose rest will not
/// come, and ends a request whose body came together with the client's end.
/// </summary>
internal class InputReader(PipeReader inner) : PipeReader, IValueTaskSource<ReadResult>
{
    private ValueTask<ReadResult> _reading;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private Action? _ended;
    private short _version;

    /// <summary>How much the reader has examined and left in the pipe.</summary>
    private long _examined;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<ReadResult> reading = inner.ReadAsync(cancellationToken);
        if (reading.IsCompletedSuccessfully)
        {
            return new ValueTask<ReadResult>(WithoutEarlyEnd(reading.Result));
        }

        if (reading.IsCompleted)
        {
            return reading;
        }

        // The pipe refuses a second read while this one is pending.
        _reading = reading;
        return new ValueTask<ReadResult>(this, _version);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }

        result = WithoutEarlyEnd(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Before: afterwards the memory may be somebody else's.
        _examined = consumed.Equals(examined) ? 0 : IndexOf(examined) - IndexOf(consumed);
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token)
    {
        Check(token);
        return !_reading.IsCompleted ? ValueTaskSourceStatus.Pending
            : _reading.IsCompletedSuccessfully ? ValueTaskSourceStatus.Succeeded
            : _reading.IsCanceled ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Check(token);

        // The flags do not matter: where the reader goes on is the pipe's scheduler's to say, and an async method brings its own ExecutionContext.
        _continuation = continuation;
        _continuationState = state;
        _reading.GetAwaiter().UnsafeOnCompleted(_ended ??= GoOn);
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        Check(token);
        ValueTask<ReadResult> reading = _reading;
        _reading = default;
        unchecked
        {
            _version++;
        }

        return WithoutEarlyEnd(reading.GetAwaiter().GetResult());
    }

    private static long IndexOf(SequencePosition position) =>
        ((position.GetObject() as ReadOnlySequenceSegment<byte>)?.RunningIndex ?? 0) + position.GetInteger();

    private ReadResult WithoutEarlyEnd(in ReadResult result) => result.IsCompleted && result.Buffer.Length > _examined
        ? new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false)
        : result;

    private void GoOn()
    {
        Action<object?> continuation = _continuation!;
        object? state = _continuationState;
        _continuation = null;
        _continuationState = null;
        continuation(state);
    }

    private void Check(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("the result of this read was taken already: await a ValueTask once");
        }
    }
}
