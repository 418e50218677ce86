namespace Eventlet.Scenarios;

/// <summary>Never ends by itself.</summary>
internal static class Hang
{
    internal static Task<int> RunAsync(string[] args)
    {
        Console.WriteLine("hanging");
        Thread.Sleep(Timeout.Infinite);
        return Task.FromResult(0);
    }
}
