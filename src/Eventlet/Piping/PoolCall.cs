namespace Eventlet.Piping;

/// <summary>
/// A call that may block, done by the thread pool. Awaited in a greenthread it comes back to its hub as any foreign task does: the call itself cannot be interrupted, so
/// neither can the wait for it, and nobody gets a buffer back that is still in use.
/// </summary>
internal abstract class PoolCall : IThreadPoolWorkItem
{
    private readonly TaskCompletionSource<int> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<int> RunAsync()
    {
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return _done.Task;
    }

    /// <summary>Makes the call, on a thread of the pool.</summary>
    private protected abstract int Call();

    void IThreadPoolWorkItem.Execute()
    {
        int result;
        try
        {
            result = Call();
        }
        catch (Exception error)
        {
            _done.SetException(error);
            return;
        }

        _done.SetResult(result);
    }
}

/// <summary>A read at the position of the file.</summary>
internal sealed class PipeFileRead(GreenPipe pipe, Memory<byte> buffer) : PoolCall
{
    private protected override int Call()
    {
        int result = pipe.TryRead(buffer.Span);
        return result >= 0 ? result : throw GreenPipe.Error(result, FdEvent.Read);
    }
}

/// <summary>A write of everything at the position of the file.</summary>
internal sealed class PipeFileWrite(GreenPipe pipe, ReadOnlyMemory<byte> buffer) : PoolCall
{
    private protected override int Call()
    {
        for (ReadOnlyMemory<byte> rest = buffer; !rest.IsEmpty;)
        {
            int result = pipe.TryWrite(rest.Span);
            rest = result >= 0 ? rest[result..] : throw GreenPipe.Error(result, FdEvent.Write);
        }

        return 0;
    }
}
