using System.Runtime.InteropServices;

namespace Eventlet.Processes;

/// <summary>Signals that have come and were not taken yet, and the one who waits for the next. Any thread, under its own lock.</summary>
internal sealed class SignalQueue
{
    private readonly Lock _lock = new();
    private readonly List<PosixSignal> _pending = [];
    private SignalWait? _waiter;
    private bool _closed;

    /// <summary>A signal has come, on a thread of the runtime. One that is pending already is not counted twice: the kernel does not either.</summary>
    internal void Add(PosixSignal signal)
    {
        SignalWait? waiter;
        short version = 0;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            if (!_pending.Contains(signal))
            {
                _pending.Add(signal);
            }

            waiter = _waiter;
            version = waiter?.Version ?? 0;
        }

        waiter?.Hub.Submit(new CallbackItem(() => waiter.TryTake(version)));
    }

    internal bool TryTake(out PosixSignal signal)
    {
        lock (_lock)
        {
            bool any = _pending.Count > 0;
            signal = any ? _pending[0] : default;
            if (any)
            {
                _pending.RemoveAt(0);
            }

            return any;
        }
    }

    /// <summary>Makes a wait the one who is told. On its hub's thread.</summary>
    internal void Enter(SignalWait wait)
    {
        lock (_lock)
        {
            if (_closed)
            {
                throw Closed();
            }

            if (_waiter is not null)
            {
                throw new InvalidOperationException("somebody waits for these signals already: give each waiter a GreenSignals of its own, and all of them get every signal");
            }

            _waiter = wait;
        }

        // What has come before, or just now.
        wait.TryTake(wait.Version);
    }

    internal void Leave(SignalWait wait)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_waiter, wait))
            {
                _waiter = null;
            }
        }
    }

    /// <summary>From now on nothing comes; who waits is told.</summary>
    internal void Close()
    {
        SignalWait? waiter;
        short version = 0;
        lock (_lock)
        {
            _closed = true;
            _pending.Clear();
            waiter = _waiter;
            version = waiter?.Version ?? 0;
        }

        waiter?.Hub.Submit(new CallbackItem(() =>
        {
            if (waiter.Version == version)
            {
                waiter.Complete(Closed());
            }
        }));
    }

    internal static ObjectDisposedException Closed() => new(nameof(GreenSignals));
}
