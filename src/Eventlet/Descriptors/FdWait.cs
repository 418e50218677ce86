namespace Eventlet.Descriptors;

/// <summary>A trampoline: a wait until a stranger's descriptor is ready, or the time is over.</summary>
internal sealed class FdWait : DescriptorWait<bool>
{
    /// <summary>A number means the file that it meant when the wait was asked for, which may be before the hub gets to it.</summary>
    internal int Fd
    {
        get;
        set
        {
            field = value;
            Since = FdTable.LastAnnouncement;
        }
    }

    internal Func<Exception>? TimeoutFactory { get; set; }

    internal Action? MarkAsClosed { get; set; }

    public override bool NeedsLook => true;

    public override bool LeavesReadiness => true;

    public override void OnReady() => Complete();

    internal override string Describe() => $"waits to {(Direction == FdEvent.Read ? "read" : "write")} descriptor {Fd}";

    public override void OnClosed(Exception error)
    {
        Action? markAsClosed = MarkAsClosed;
        Complete(error);
        if (markAsClosed is not null)
        {
            Hub.Guard(markAsClosed);
        }
    }

    private protected override FdRecord Find(Hub hub) => hub.Table.Of(Fd);

    private protected override Exception TimeoutError()
    {
        if (TimeoutFactory is not { } factory)
        {
            return new GreenTimeoutException();
        }

        try
        {
            return factory() ?? new InvalidOperationException("timeoutException made no exception");
        }
        catch (Exception error)
        {
            // The factory is the waiter's, and so is its failure.
            return error;
        }
    }

    private protected override void OnRelease()
    {
        base.OnRelease();
        TimeoutFactory = null;
        MarkAsClosed = null;
    }

    private protected override void ReturnToPool(Hub hub) => hub.PoolOf<FdWait>().Return(this);
}
