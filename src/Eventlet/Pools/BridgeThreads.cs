namespace Eventlet.Pools;

/// <summary>Threads that take calls from one queue, first come, first served. One that finds none sleeps.</summary>
internal sealed class BridgeThreads(int size)
{
    [ThreadStatic]
    private static bool t_isCurrent;

    private readonly object _gate = new();
    private readonly Queue<BridgeCall> _calls = new();
    private readonly List<Thread> _threads = [];
    private int _idle;
    private bool _isEnding;

    /// <summary>Whether this thread is one of such threads.</summary>
    internal static bool IsCurrent => t_isCurrent;

    internal void Add(BridgeCall call)
    {
        lock (_gate)
        {
            _calls.Enqueue(call);
            if (_idle < _calls.Count && _threads.Count < size)
            {
                var thread = new Thread(Run) { IsBackground = true, Name = $"tpool {_threads.Count + 1}" };
                _threads.Add(thread);
                thread.UnsafeStart();
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Has them end when nothing is left to do; false if some have not in time.</summary>
    internal bool End(TimeSpan timeout)
    {
        Thread[] threads;
        lock (_gate)
        {
            _isEnding = true;
            Monitor.PulseAll(_gate);
            threads = [.. _threads];
        }

        bool isInfinite = timeout == Timeout.InfiniteTimeSpan;
        long began = TimeProvider.System.GetTimestamp();
        foreach (Thread thread in threads)
        {
            TimeSpan left = isInfinite ? timeout : timeout - TimeProvider.System.GetElapsedTime(began);
            if (!thread.Join(isInfinite || left > TimeSpan.Zero ? left : TimeSpan.Zero))
            {
                return false;
            }
        }

        return true;
    }

    private void Run()
    {
        t_isCurrent = true;
        while (Next() is { } call)
        {
            call.Run();
        }
    }

    private BridgeCall? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_calls.TryDequeue(out BridgeCall? call))
                {
                    return call;
                }

                if (_isEnding)
                {
                    return null;
                }

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }
        }
    }
}
