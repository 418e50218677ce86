using System.CommandLine;
using System.Net;
using Eventlet.Tool.Measuring;
using Eventlet.Tool.Output;

namespace Eventlet.Tool.Commands;

/// <summary><c>eventlet load</c>: measures any echo server.</summary>
internal static class LoadCommand
{
    internal static Command Create()
    {
        Option<EndPoint> endpoint = Options.Endpoint("--endpoint", "the echo server");
        Option<int> connections = Options.Count("--connections", "how many, each with one message under way (50)", 50);
        Option<int> size = Options.Count("--size", "of a message, in bytes (64)", 64);
        Option<TimeSpan> seconds = Options.Seconds("how long is measured (3)", 3);
        Option<string?> hub = Options.Hub();
        Option<bool> json = Options.Json();
        var command = new Command("load", "Measures an echo server, and checks every byte of its replies.") { endpoint, connections, size, seconds, hub, json };
        command.SetAction(async (call, _) =>
        {
            IPEndPoint target = await EndpointParser.ResolveAsync(call.GetValue(endpoint)!);
            var settings = new LoadSettings(target, call.GetValue(connections), call.GetValue(size), call.GetValue(seconds));
            return await RunAsync(settings, call.GetValue(hub), call.GetValue(json));
        });
        return command;
    }

    private static async Task<int> RunAsync(LoadSettings settings, string? hubName, bool json)
    {
        using Hub hub = Hub.Start(hubName);
        var load = new Load(settings);
        Task<LoadFigures> run = hub.InvokeAsync(load.RunAsync);
        await IProgressView.For(json).FollowAsync(hub.Name, load, run);
        LoadFigures figures = await run;
        var report = RunReport.Of(hub.Name, settings.Connections, settings.Size, figures);
        if (json)
        {
            Json.Write(report, JsonShapes.Default.RunReport);
        }
        else
        {
            RunTable.Write([report]);
            Console.WriteLine("CPU: per round trip, of the clients.");
        }

        if (figures.FirstError is { } error)
        {
            Program.Report(error);
        }

        return figures is { Errors: 0, RoundTrips: > 0 } ? 0 : Program.Failed;
    }
}
