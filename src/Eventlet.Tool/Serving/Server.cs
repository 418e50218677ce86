using System.Net;
using System.Net.Sockets;
using Eventlet.Net;

namespace Eventlet.Tool.Serving;

/// <summary>Serves connections on hubs with threads of their own, until the process is asked to end.</summary>
internal static class Server
{
    internal const int Backlog = 4096;

    /// <summary>Says where it listens once it does, and returns after SIGTERM or SIGINT.</summary>
    internal static async Task RunAsync(IPEndPoint at, string? hubName, int hubs, Func<GreenSocket, Task> handler)
    {
        IgnoredInterrupt.Restore();
        using var group = new HubGroup(new HubGroupOptions { Count = hubs, Hub = hubName });
        IDisposable[] signals = [.. group.Hubs.Select(static hub => hub.CancelOnSignals())];
        try
        {
            using GroupListener listener = Listen(group, at);
            Task serving = listener.ServeAsync(handler, new ServeOptions { Concurrency = int.MaxValue });
            Console.WriteLine($"listening on {listener.LocalEndPoint} (hub {group.Hubs[0].Name})");
            await serving;
        }
        catch (OperationCanceledException)
        {
            // The process was asked to end.
        }
        finally
        {
            group.Dispose();
            Array.ForEach(signals, static signal => signal.Dispose());
        }
    }

    private static GroupListener Listen(HubGroup group, IPEndPoint at)
    {
        try
        {
            return new GroupListener(group, at, Backlog);
        }
        catch (SocketException error)
        {
            throw new IOException($"cannot listen on {at}: {error.Message}", error);
        }
    }
}
