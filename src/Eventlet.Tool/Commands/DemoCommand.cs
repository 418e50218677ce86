using System.CommandLine;
using System.Net;
using Eventlet.Net;
using Eventlet.Tool.Measuring;
using Eventlet.Tool.Output;
using Eventlet.Tool.Serving;

namespace Eventlet.Tool.Commands;

/// <summary><c>eventlet demo</c>: every available hub in turn under load, every byte checked.</summary>
internal static class DemoCommand
{
    private const int MessageSize = 64;

    internal static Command Create()
    {
        Option<TimeSpan> seconds = Options.Seconds("how long each hub is measured (3)", 3);
        Option<int> connections = Options.Count("--connections", "client greenthreads, each with a TCP connection of its own (1000)", 1000);
        Option<bool> json = Options.Json();
        var command = new Command("demo", "Puts every available hub under load: an echo server and many clients over TCP, every byte checked.")
        {
            seconds, connections, json,
        };
        command.SetAction((call, _) => RunAsync(call.GetValue(seconds), call.GetValue(connections), call.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan seconds, int connections, bool json)
    {
        IProgressView progress = IProgressView.For(json);
        if (!json)
        {
            Console.WriteLine($"For each hub: an echo server on one thread, {connections} client greenthreads on another, over TCP, every byte checked.");
        }

        var runs = new List<RunReport>();
        foreach (HubFactory factory in Hubs.Builtin.Where(factory => factory.IsAvailable(out _)))
        {
            LoadFigures figures = await MeasureAsync(factory, seconds, connections, progress);
            runs.Add(RunReport.Of(factory.Name, connections, MessageSize, figures));
            if (figures.FirstError is { } error)
            {
                Program.Report($"{factory.Name}: {error}");
            }
        }

        if (json)
        {
            Json.Write(new DemoReport(runs), JsonShapes.Default.DemoReport);
        }
        else
        {
            RunTable.Write(runs);
            Console.WriteLine("CPU: per round trip, of server and clients together.");
        }

        if (runs.Count == 0)
        {
            throw new HubException("this system has no hub: eventlet hubs says why");
        }

        return runs.All(run => run is { Errors: 0, RoundTrips: > 0 }) ? 0 : Program.Failed;
    }

    private static async Task<LoadFigures> MeasureAsync(HubFactory factory, TimeSpan seconds, int connections, IProgressView progress)
    {
        try
        {
            using GreenSocket listener = GreenNet.Listen(new IPEndPoint(IPAddress.Loopback, 0), Server.Backlog);
            using Hub server = Hub.Start(factory, new HubOptions { ThreadName = "hub server" });
            using Hub clients = Hub.Start(factory, new HubOptions { ThreadName = "hub clients" });
            Task serving = server.InvokeAsync(() => GreenNet.ServeAsync(listener, Echo.HandleAsync, concurrency: int.MaxValue));
            var load = new Load(new LoadSettings((IPEndPoint)listener.LocalEndPoint!, connections, MessageSize, seconds));
            Task<LoadFigures> run = clients.InvokeAsync(load.RunAsync);
            await progress.FollowAsync(factory.Name, load, Task.WhenAny(run, serving));
            await await Task.WhenAny(run, serving);
            return await run;
        }
        catch (Exception error)
        {
            // What breaks one hub is its result; the others have their turn.
            return LoadFigures.None(error.Message);
        }
    }
}
