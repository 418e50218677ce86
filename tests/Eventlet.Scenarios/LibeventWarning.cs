namespace Eventlet.Scenarios;

/// <summary>Has libevent do what it warns of: its epoll does not take such a file. Nothing may come to standard error.</summary>
internal static class LibeventWarning
{
    internal static Task<int> RunAsync(string[] args)
    {
        using FileStream file = File.OpenRead("/dev/null");
        Hubs.UseHub("libevent");
        Hubs.Trampoline((int)file.SafeFileHandle.DangerousGetHandle(), read: true);
        Console.WriteLine(Hubs.GetHub().Name);
        return Task.FromResult(0);
    }
}
