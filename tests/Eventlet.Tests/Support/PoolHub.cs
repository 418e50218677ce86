namespace Eventlet.Tests.Support;

/// <summary>The hub that thread-pool threads share: a test that waits on the pool for something that belongs to no hub launches it.</summary>
internal static class PoolHub
{
    /// <summary>Drops it, and with it its thread; the next one who needs it makes a new one.</summary>
    internal static void Drop() => Task.Run(() => Hubs.GetHub().Dispose()).GetAwaiter().GetResult();
}
