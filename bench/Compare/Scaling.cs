using System.Globalization;
using System.Text.Json;

namespace Eventlet.Bench;

/// <summary>How cost grows: the points of the plots.</summary>
internal static class Scaling
{
    internal const string IdlePlot = "idle";
    internal const string HubsPlot = "hubs";

    /// <summary>Descriptors that a process needs beside its connections.</summary>
    private const int Spare = 300;

    private static readonly int[] Idle = [10, 100, 1000, 5000, 15_000];

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    internal static IReadOnlyList<string> Plots { get; } = [IdlePlot, HubsPlot, "memory", "timers"];

    internal static IReadOnlyDictionary<string, IReadOnlyList<Point>> Measure(string plot, IReadOnlyList<Server> servers) => plot switch
    {
        IdlePlot => IdleConnections([.. servers.Where(static s => Servers.Hubs.Contains(s.Name) || s.Name == Servers.Reference)]),
        HubsPlot => HubCount(),
        _ => Small(plot),
    };

    /// <summary>CPU time per round trip of 50 busy connections among idle ones.</summary>
    private static Dictionary<string, IReadOnlyList<Point>> IdleConnections(IReadOnlyList<Server> servers)
    {
        long most = Machine.Here().DescriptorLimit - Spare;
        var lines = servers.ToDictionary(static s => s.Name, static _ => (IReadOnlyList<Point>)new List<Point>());
        foreach (Server server in servers)
        {
            using var process = new ServerProcess(server, "echo");
            LoadGenerator.Run(process, IdleLoad(0), 2, 0);
            foreach (int idle in Idle.Where(count => count <= most))
            {
                double cpu = LoadGenerator.Run(process, IdleLoad(idle), 1, 1).CpuUs;
                Quiet.Wait(); // the server still has all those idle connections to close
                ((List<Point>)lines[server.Name]).Add(new Point(idle, cpu));
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{server.Name}, {idle} idle connections: {cpu:F2} us per round trip"));
            }
        }

        return lines;
    }

    private static WorkLoad IdleLoad(int idle) => new("idle", "", "echo", ["--connections", "50", "--idle", $"{idle}"]);

    /// <summary>Round trips per second with one and two hubs; nobody has a core to itself, and one client drives.</summary>
    private static Dictionary<string, IReadOnlyList<Point>> HubCount()
    {
        Build.Dotnet("../src/Eventlet.Tool/Eventlet.Tool.csproj", Place.Assembly("Eventlet.Tool"));
        var work = new WorkLoad("hubs", "", "echo", ["--connections", "100"]);
        var lines = new Dictionary<string, IReadOnlyList<Point>>();
        foreach (string hub in (string[])["epoll", "io_uring"])
        {
            var points = new List<Point>();
            foreach (int count in (int[])[1, 2])
            {
                var server = new Server(hub, ["dotnet", Place.Assembly("Eventlet.Tool"), "echo", "--endpoint", "127.0.0.1:0", "--hub", hub, "--hubs", $"{count}"]);
                using var process = new ServerProcess(server, "echo", pinned: false);
                LoadGenerator.Run(process, work, 2, 0, pinned: false);
                double[] rates = [.. Enumerable.Range(0, 5).Select(_ => LoadGenerator.Run(process, work, 2, 0.3, pinned: false).PerSecond).Order()];
                points.Add(new Point(count, rates[2]));
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{hub}, {count} hubs: {rates[2]:F0} round trips/s ({rates[0]:F0}..{rates[4]:F0})"));
            }

            lines[hub] = points;
        }

        return lines;
    }

    private static Dictionary<string, IReadOnlyList<Point>> Small(string plot)
    {
        Build.Dotnet("Micro/Micro.csproj", MicroRun.Program);
        string json = Command.Run("dotnet", MicroRun.Program, "--scaling", plot);
        return JsonSerializer.Deserialize<Dictionary<string, List<Point>>>(json, s_json)!.ToDictionary(static p => p.Key, static p => (IReadOnlyList<Point>)p.Value);
    }
}
