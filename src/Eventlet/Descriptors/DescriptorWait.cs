using Eventlet.Waits;

namespace Eventlet.Descriptors;

/// <summary>A wait for a descriptor. Its time-out is raised only after the descriptor was looked at once; a zero time-out polls.</summary>
internal abstract class DescriptorWait<T> : Wait<T>, IFdWaiter
{
    private FdRecord? _record;

    /// <summary>The record that it is entered in, while it is pending.</summary>
    private protected FdRecord? Record => _record;

    private long _polls;

    public FdEvent Direction { get; set; }

    public long Since { get; private protected set; }

    public abstract bool NeedsLook { get; }

    public abstract bool LeavesReadiness { get; }

    public virtual bool IsKeepers => false;

    public abstract void OnReady();

    public virtual bool Submit(ICompletions completions) => false;

    public virtual void OnDetached()
    {
    }

    public virtual void OnDropped()
    {
    }

    public virtual void OnClosed(Exception error) => Complete(error);

    /// <summary>The record of the descriptor; it may throw what makes the wait impossible.</summary>
    private protected abstract FdRecord Find(Hub hub);

    /// <summary>Whether nothing has to be waited for.</summary>
    private protected virtual bool TryAtOnce(FdRecord record) => false;

    private protected override void Arm()
    {
        _polls = Hub.Polls;
        FdRecord record = Find(Hub);
        if (TryAtOnce(record))
        {
            return;
        }

        try
        {
            Hub.Table.Add(record, this);
        }
        catch
        {
            OnDisarm();
            throw;
        }

        _record = record;
    }

    private protected override void OnDisarm()
    {
        if (_record is { } record)
        {
            _record = null;
            Hub.Table.Remove(record, this);
        }
    }

    private protected override void OnTimeout()
    {
        if (_polls == Hub.Polls)
        {
            Hub.DecideAfterPoll(this);
        }
        else
        {
            Complete(TimeoutError());
        }
    }

    public override string ToString() => Owner is null ? "a wait from outside" : "a greenthread";
}
