using Eventlet.Descriptors;
using Eventlet.Interop;
using Eventlet.Waits;
using Microsoft.Win32.SafeHandles;

namespace Eventlet.Files;

/// <summary>
/// A read or write of a file that the hub's backend does whole. As with one that the thread pool does, nothing interrupts it, since its buffer is in use and
/// no system takes a disk's work back: what is due to the greenthread comes at its next wait.
/// </summary>
internal abstract class FileWait : Wait<int>, ICompletionSink, IWholeOperation
{
    private readonly LinkedListNode<IWholeOperation> _place;
    private ulong _operation;

    private protected FileWait() => _place = new LinkedListNode<IWholeOperation>(this);

    internal SafeFileHandle File { get; private set; } = null!;

    internal long Offset { get; private protected set; }

    /// <summary>Begins it in a greenthread.</summary>
    internal void Begin(Hub hub, GreenThread green, SafeFileHandle file, long offset)
    {
        File = file;
        Offset = offset;
        Begin(hub, green, long.MaxValue, null, default);
    }

    /// <summary>Hands what is left to the backend.</summary>
    private protected abstract ulong SubmitTo(ICompletions completions);

    /// <summary>The system has moved so many bytes.</summary>
    /// <returns>Whether all is done.</returns>
    private protected abstract bool Moved(int count);

    public void OnDetached()
    {
        IsSubmitted = false;
        Hub.Table.Completions!.Recall(_operation);
    }

    void IWholeOperation.Submit(ICompletions completions)
    {
        try
        {
            Submit(completions);
        }
        catch (Exception error)
        {
            Complete(error);
        }
    }

    void ICompletionSink.OnCompleted(int result, ReadOnlySpan<byte> data, Expectation next)
    {
        bool isTakenBack = !IsSubmitted;
        IsSubmitted = false;
        try
        {
            if (result < 0)
            {
                Complete(Failure(-result));
            }
            else if (Moved(result))
            {
                Complete();
            }
            else if (!isTakenBack)
            {
                Submit(Hub.Table.Completions!);
            }
        }
        catch (Exception error)
        {
            // The buffer's memory is the user's own, and may be gone.
            Complete(error);
        }
    }

    private void Submit(ICompletions completions)
    {
        _operation = SubmitTo(completions);
        IsSubmitted = true;
    }

    private protected override void Arm()
    {
        Submit(Hub.Table.Completions!);
        Hub.Table.Enter(_place);
    }

    private protected override void OnDisarm() => FdTable.Leave(_place);

    // A hub that has failed asks its backend for nothing any more: then the wait ends, and what the backend cannot take back keeps its memory.
    private protected override bool TakeBack()
    {
        if (Hub.FaultError is null)
        {
            return false;
        }

        OnDetached();
        return IsPending;
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        File = null!;
    }

    private Exception Failure(int errno) => errno == Errno.EBADF && File.IsClosed
        ? new ObjectDisposedException(nameof(GreenFile))
        : Errno.ToException(errno, Describe());
}

/// <summary>A read of what is there, at most a buffer full.</summary>
internal sealed class FileReadWait : FileWait
{
    internal Memory<byte> Buffer { get; set; }

    internal override string Describe() => "reads a file";

    private protected override ulong SubmitTo(ICompletions completions) => completions.ReadFile(File, Buffer, Offset, this);

    private protected override bool Moved(int count)
    {
        Result = count;
        return true;
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Buffer = default;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<FileReadWait>().Return(this);
}

/// <summary>A write of everything.</summary>
internal sealed class FileWriteWait : FileWait
{
    internal ReadOnlyMemory<byte> Buffer { get; set; }

    internal override string Describe() => "writes a file";

    private protected override ulong SubmitTo(ICompletions completions) => completions.WriteFile(File, Buffer, Offset, this);

    private protected override bool Moved(int count)
    {
        if (count == 0)
        {
            throw new IOException("the file takes nothing more");
        }

        Offset += count;
        Buffer = Buffer[count..];
        return Buffer.IsEmpty;
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Buffer = default;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<FileWriteWait>().Return(this);
}
