namespace Eventlet.Tests.Interop;

/// <summary>Counts how often a greenthread goes on after an await, and how often elsewhere than where it belongs. Any thread.</summary>
internal sealed class Homecoming
{
    private int _count;
    private int _astray;

    /// <summary>Awaits so far.</summary>
    internal int Count => _count;

    /// <summary>Those after which hub, thread or current greenthread were not what they had been before.</summary>
    internal int Astray => _astray;

    /// <summary>Awaits a foreign task, and notes where the greenthread that does so goes on.</summary>
    internal async Task<T> Of<T>(Task<T> task)
    {
        (GreenThread? green, Hub? hub, Thread thread) = (GreenThread.Current, Hub.Running, Thread.CurrentThread);
        T result = await task;
        Interlocked.Increment(ref _count);
        if (green is null || hub is null || GreenThread.Current != green || Hub.Running != hub || Thread.CurrentThread != thread)
        {
            Interlocked.Increment(ref _astray);
        }

        return result;
    }
}
