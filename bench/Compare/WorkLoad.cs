namespace Eventlet.Bench;

/// <summary>One kind of load.</summary>
/// <param name="Name">What it is called on the command line and in tables.</param>
/// <param name="Title">What it is, for readers.</param>
/// <param name="Mode">What the server does: echo, broadcast or udp.</param>
/// <param name="Load">Arguments of the load generator.</param>
public sealed record WorkLoad(string Name, string Title, string Mode, IReadOnlyList<string> Load)
{
    /// <summary>What is counted as one.</summary>
    public string Unit { get; init; } = "round trip";

    /// <summary>How many at once: a counted run needs some of each.</summary>
    public int Connections { get; init; } = 50;

    /// <summary>Whether the rate is given, so that latency is the result and not throughput.</summary>
    public bool IsFixedRate { get; init; }

    /// <summary>What is measured on the same servers in the same rounds, to compare with: the same load without what makes this one special.</summary>
    public WorkLoad? Plain { get; init; }

    /// <summary>Seconds of load before a window.</summary>
    public double Warmup { get; init; } = 0.3;

    public static IReadOnlyList<WorkLoad> All { get; } =
    [
        Echo("echo-1", 1),
        Echo("echo-50", 50),
        Echo("echo-1000", 1000),
        new("echo-16k", "echo, 16 KiB, 50 connections in ping-pong", "echo", ["--connections", "50", "--size", "16384"]),
        new("idle-10000", "echo, 64 bytes, 50 connections in ping-pong among 10,000 idle ones", "echo", ["--connections", "50", "--idle", "10000"])
        {
            Plain = Echo("echo-50", 50),
            Warmup = 1,
        },
        new("pipelined", "echo, 64 bytes, 50 connections with 16 messages under way on each", "echo", ["--connections", "50", "--depth", "16"]),
        new("churn", "connect, one message of 64 bytes and its echo, close; 50 at once", "echo", ["--kind", "churn", "--connections", "50"]) { Unit = "connection" },
        new("broadcast", "64 bytes from one to 100 connections; per delivery", "broadcast", ["--kind", "broadcast", "--connections", "100"]) { Unit = "delivery", Connections = 100 },
        new("udp", "datagrams of 64 bytes, echoed, 50 sockets in ping-pong", "udp", ["--kind", "udp", "--connections", "50"]),
        new("rate-10000", "echo, 64 bytes, 10,000 messages/s over 50 connections; latency counts from when each was due", "echo", ["--connections", "50", "--rate", "10000"]) { IsFixedRate = true },
    ];

    /// <summary>Those of the target table.</summary>
    public static IReadOnlyList<string> Quick { get; } = ["echo-50", "echo-1000", "echo-16k", "idle-10000"];

    private static WorkLoad Echo(string name, int connections) =>
        new(name, $"echo, 64 bytes, {connections} connection{(connections == 1 ? "" : "s")} in ping-pong", "echo", ["--connections", $"{connections}", "--size", "64"]) { Connections = connections };
}
