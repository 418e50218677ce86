namespace Eventlet.Descriptors;

// What happens to the table as a whole: a backend comes and goes, the hub fails or is dropped.
internal sealed partial class FdTable
{
    private readonly LinkedList<IWholeOperation> _operations = new();

    /// <summary>Enters an operation that was handed to the backend, for the case that another one takes over.</summary>
    internal void Enter(LinkedListNode<IWholeOperation> operation) => _operations.AddLast(operation);

    /// <summary>Takes it out. One that is not there is not an error.</summary>
    internal static void Leave(LinkedListNode<IWholeOperation> operation) => operation.List?.Remove(operation);

    /// <summary>A backend was made: everything that is waited for is registered with it. What it refuses ends that descriptor's waits.</summary>
    internal void Attach(HubBackend backend)
    {
        _backend = backend;
        _capabilities = backend.Capabilities;
        _completions = backend.Completions;
        foreach (FdRecord? record in _records)
        {
            // One may be registered already: by a callback of a waiter that was ended here.
            if (record is not { HasWaiters: true, IsRegistered: false })
            {
                continue;
            }

            try
            {
                CheckLimit(record.Fd);
                if (_completions is not null)
                {
                    SubmitAll(record);
                }

                if (record is { Wanted: not Interest.None, IsRegistered: false })
                {
                    Register(record, record.Keeper is not null && _capabilities.Trigger == Trigger.Edge ? Interest.Read | Interest.Write : record.Wanted);
                }
            }
            catch (Exception error)
            {
                Close(record, error);
            }
        }

        foreach (IWholeOperation operation in _operations.ToArray())
        {
            operation.Submit(_completions!);
        }
    }

    private void SubmitAll(FdRecord record)
    {
        if (record.Reader is { } reader)
        {
            Submit(record, reader);
        }

        if (record.Writer is { } writer)
        {
            Submit(record, writer);
        }
    }

    /// <summary>The loop is left: what the backend was doing it will do when the loop is entered again.</summary>
    internal void Rest()
    {
        try
        {
            _completions?.Rest();
        }
        catch (IOException)
        {
            // The backend is broken, which its next Wait tells those who wait.
        }
    }

    /// <summary>The backend goes; those who wait stay.</summary>
    internal void Detach()
    {
        _backend = null;
        foreach (FdRecord? record in _records)
        {
            if (record is not null && record.Submitted != Interest.None)
            {
                record.Reader?.OnDetached();
                record.Writer?.OnDetached();
                record.Submitted = Interest.None;
            }

            if (record is { IsRegistered: true })
            {
                record.IsRegistered = false;
                record.Armed = Interest.None;
                record.Generation++;

                // Registering with the next backend reports anew what is there.
                record.Seen = Readiness.None;
            }
        }

        foreach (IWholeOperation operation in _operations.ToArray())
        {
            operation.OnDetached();
        }

        _completions = null;
    }

    /// <summary>Fails everybody who waits for a descriptor.</summary>
    internal void FailAll(Func<Exception> error)
    {
        foreach (FdRecord? record in _records)
        {
            if (record is { HasWaiters: true })
            {
                Close(record, error());
            }
        }
    }

    /// <summary>Forgets everybody; nobody is told.</summary>
    internal void Clear()
    {
        List<IFdWaiter> waiters = [];
        foreach (FdRecord? record in _records)
        {
            if (record is not null)
            {
                Take(ref record.Reader, ref record.MoreReaders, FdEvent.Read, waiters);
                Take(ref record.Writer, ref record.MoreWriters, FdEvent.Write, waiters);
            }
        }

        waiters.ForEach(static waiter => waiter.OnDropped());
        _operations.Clear();
        _records = new FdRecord?[64];
        _readers = _writers = 0;
    }

    /// <summary>Everybody who waits for one direction of a descriptor, in order of number.</summary>
    internal List<(int Fd, IFdWaiter Waiter)> WaitersOf(FdEvent direction)
    {
        var waiters = new List<(int, IFdWaiter)>();
        foreach (FdRecord? record in _records)
        {
            if (record?.First(direction) is { } first)
            {
                waiters.Add((record.Fd, first));
                record.More(direction)?.ForEach(next => waiters.Add((record.Fd, next)));
            }
        }

        return waiters;
    }

    private void EndWaiters(FdRecord record, Exception error)
    {
        // All are taken out before anyone is told: somebody who waits again meanwhile must not be ended by mistake.
        List<IFdWaiter> waiters = [];
        Take(ref record.Reader, ref record.MoreReaders, FdEvent.Read, waiters);
        Take(ref record.Writer, ref record.MoreWriters, FdEvent.Write, waiters);
        record.Submitted = Interest.None;
        foreach (IFdWaiter waiter in waiters)
        {
            waiter.OnClosed(error);
        }
    }

    private void Take(ref IFdWaiter? first, ref List<IFdWaiter>? more, FdEvent direction, List<IFdWaiter> taken)
    {
        if (first is not null)
        {
            taken.Add(first);
            Count(direction, -1);
            first = null;
        }

        if (more is not null)
        {
            Count(direction, -more.Count);
            taken.AddRange(more);
            more = null;
        }
    }
}
