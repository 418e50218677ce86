using System.CommandLine;
using System.Net;
using Eventlet.Tool.Serving;

namespace Eventlet.Tool.Commands;

/// <summary><c>eventlet echo</c>: an echo server, as lean as this library can make one.</summary>
internal static class EchoCommand
{
    internal static Command Create()
    {
        Option<EndPoint> endpoint = Options.Endpoint("--endpoint", "where to listen; port 0: the system chooses (127.0.0.1:0)");
        endpoint.Required = false;
        endpoint.DefaultValueFactory = static _ => new IPEndPoint(IPAddress.Loopback, 0);
        Option<string?> hub = Options.Hub();
        Option<int> hubs = Options.Count("--hubs", "how many hubs, each on a thread of its own, share the port", 1);
        var command = new Command("echo", "Serves echo until SIGTERM or SIGINT.") { endpoint, hub, hubs };
        command.SetAction((call, _) => RunAsync(call.GetValue(endpoint)!, call.GetValue(hub), call.GetValue(hubs)));
        return command;
    }

    private static async Task<int> RunAsync(EndPoint at, string? hub, int hubs)
    {
        await Server.RunAsync(await EndpointParser.ResolveAsync(at), hub, hubs, Echo.HandleAsync);
        return 0;
    }
}
