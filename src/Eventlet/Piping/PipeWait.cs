using Eventlet.Descriptors;

namespace Eventlet.Piping;

/// <summary>A read or write that could not be done at once. When its direction is ready the hub tries again before anybody is resumed.</summary>
internal abstract class PipeWait : DescriptorWait<int>
{
    internal GreenPipe Pipe { get; set; } = null!;

    /// <summary>Whether the operation was not tried at all, because its greenthread has had its share: no event tells what is there already.</summary>
    internal bool IsUntried { get; set; }

    public override bool NeedsLook => false;

    public override bool LeavesReadiness => false;

    public override bool IsKeepers => true;

    public override void OnReady() => AttemptGuarded();

    internal override string Describe() => $"waits to {(Direction == FdEvent.Read ? "read" : "write")} {Pipe}";

    public override void OnDropped() => Pipe.Kept.Leave(Direction);

    /// <summary>Tries the operation; if it is over, completes the wait.</summary>
    /// <returns>Whether it is over.</returns>
    private protected abstract bool Attempt();

    /// <summary>A buffer's memory may be the user's own, and gone: that is an error of the wait, not of the loop.</summary>
    private bool AttemptGuarded()
    {
        try
        {
            return Attempt();
        }
        catch (Exception error)
        {
            return Complete(error);
        }
    }

    private protected override FdRecord Find(Hub hub) => Pipe.Kept.Enter(hub, Direction);

    private protected override bool TryAtOnce(FdRecord record) => (FdTable.TakeSeen(record, Direction) || IsUntried) && AttemptGuarded();

    private protected override void OnDisarm()
    {
        Pipe.Kept.Leave(Direction);
        base.OnDisarm();
    }

    private protected override Exception TimeoutError() => new GreenTimeoutException();

    private protected override void OnRelease()
    {
        base.OnRelease();
        Pipe = null!;
        IsUntried = false;
    }
}

/// <summary>A read.</summary>
internal sealed class PipeReadWait : PipeWait
{
    internal Memory<byte> Buffer { get; set; }

    private protected override bool Attempt()
    {
        int result = Pipe.TryRead(Buffer.Span);
        if (result == PipeCalls.WouldBlock)
        {
            return false;
        }

        if (result < 0)
        {
            return Complete(GreenPipe.Error(result, FdEvent.Read));
        }

        Result = result;
        return Complete();
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        Buffer = default;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<PipeReadWait>().Return(this);
}

/// <summary>A write of everything.</summary>
internal sealed class PipeWriteWait : PipeWait
{
    /// <summary>How often a reader that is as fast as we are may be written to before others have their turn: about a megabyte.</summary>
    private const int WritesPerTurn = 16;

    internal ReadOnlyMemory<byte> Buffer { get; set; }

    private protected override bool Attempt()
    {
        for (int writes = 0; !Buffer.IsEmpty; writes++)
        {
            if (writes == WritesPerTurn)
            {
                // No event will come for room that was never exhausted.
                GoOnLater(Version);
                return false;
            }

            int result = Pipe.TryWrite(Buffer.Span);
            if (result == PipeCalls.WouldBlock)
            {
                return false;
            }

            if (result < 0)
            {
                return Complete(GreenPipe.Error(result, FdEvent.Write));
            }

            Buffer = Buffer[result..];
        }

        return Complete();
    }

    private void GoOnLater(short version) => Hub.Ready.Push(new CallbackItem(() =>
    {
        if (version == Version && IsPending)
        {
            OnReady();
        }
    }));

    private protected override void OnRelease()
    {
        base.OnRelease();
        Buffer = default;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<PipeWriteWait>().Return(this);
}

/// <summary>A wait for readiness alone: under a blocking call, whose buffer lives on its caller's stack.</summary>
internal sealed class PipeReadyWait : PipeWait
{
    public override bool LeavesReadiness => true;

    private protected override bool Attempt() => Complete();

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<PipeReadyWait>().Return(this);
}
