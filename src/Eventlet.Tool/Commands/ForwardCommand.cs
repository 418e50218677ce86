using System.CommandLine;
using System.Net;
using Eventlet.Tool.Serving;

namespace Eventlet.Tool.Commands;

/// <summary><c>eventlet forward</c>: passes connections on to another address.</summary>
internal static class ForwardCommand
{
    internal static Command Create()
    {
        Option<EndPoint> endpoint = Options.Endpoint("--endpoint", "where to listen; port 0: the system chooses");
        Option<EndPoint> to = Options.Endpoint("--to", "where to connect for each connection");
        Option<string?> hub = Options.Hub();
        var command = new Command("forward", "Forwards connections until SIGTERM or SIGINT.") { endpoint, to, hub };
        command.SetAction((call, _) => RunAsync(call.GetValue(endpoint)!, call.GetValue(to)!, call.GetValue(hub)));
        return command;
    }

    private static async Task<int> RunAsync(EndPoint at, EndPoint to, string? hub)
    {
        var forwarder = new Forwarder(await EndpointParser.ResolveAsync(to));
        await Server.RunAsync(await EndpointParser.ResolveAsync(at), hub, hubs: 1, forwarder.HandleAsync);
        return 0;
    }
}
