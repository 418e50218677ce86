namespace Eventlet.Tests.Support;

/// <summary>Lets the hub of the current greenthread go on, without a clock.</summary>
internal static class Turns
{
    /// <summary>Returns when the hub has run what was ready and has asked its backend several times.</summary>
    internal static async Task PassAsync(int polls = 3)
    {
        Hub hub = Hubs.GetHub();
        long until = hub.Statistics.Polls + polls;
        while (hub.Statistics.Polls < until)
        {
            await GreenThread.SleepAsync();
        }
    }

    /// <summary>Returns when something has come about, however many turns the system takes for it: the caller's time limit ends a vain wait.</summary>
    internal static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await GreenThread.SleepAsync();
        }
    }

    /// <summary>Returns when the calling greenthread is the hub's only one.</summary>
    internal static Task AloneAsync() => UntilAsync(() => Hubs.GetHub().Statistics.GreenThreads == 1);
}
