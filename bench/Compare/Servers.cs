namespace Eventlet.Bench;

/// <summary>All servers that can take part.</summary>
public static class Servers
{
    /// <summary>What every ratio refers to.</summary>
    public const string Reference = "c-epoll";

    // Not the first python3 of PATH: Debian's modules are for Debian's interpreter.
    private const string Python = "/usr/bin/python3";

    /// <summary>The names of our hubs.</summary>
    public static IReadOnlyList<string> Hubs { get; } = ["epoll", "io_uring", "poll", "select", "libevent"];

    /// <summary>In the order of the tables.</summary>
    public static IReadOnlyList<Server> All { get; } =
    [
        CEpoll(),
        C("c-io_uring", "echo.c", ["-luring"], "liburing-dev", "/usr/include/liburing.h") with { Modes = ["echo"] },
        C("c-libuv", "server.c", ["-luv"], "libuv1-dev", "/usr/include/uv.h"),
        C("c-libevent", "server.c", ["-levent_core"], "libevent-dev", "/usr/include/event2/event.h"),
        .. Hubs.Select(Hub),
        Sockets("dotnet", inline: false),
        Sockets("dotnet-inline", inline: true),
        Go(),
        new("node", ["node", Path.Combine(Place.Bench, "peers/node/server.js"), "{mode}"]) { Packages = ["nodejs"], Needs = ["node"] },
        PythonPeer("eventlet"),
        PythonPeer("gevent"),
    ];

    /// <summary>Those of the target table: <c>--quick</c>.</summary>
    public static IReadOnlyList<string> Quick { get; } = ["c-epoll", "c-io_uring", "epoll", "io_uring", "dotnet", "eventlet"];

    private static Server CEpoll() => new("c-epoll", [Path.Combine(Place.Out, "c-epoll-{mode}")])
    {
        Build = static () => Array.ForEach(["echo", "broadcast", "udp"], static mode => Bench.Build.C($"peers/c-epoll/{mode}.c", $"c-epoll-{mode}")),
        Packages = ["gcc", "libc6-dev"],
        Needs = ["gcc", "/usr/include/stdio.h"],
    };

    private static Server C(string name, string source, string[] libraries, string package, string header) => new(name, [Path.Combine(Place.Out, name), "{mode}"])
    {
        Build = () => Bench.Build.C($"peers/{name}/{source}", name, libraries),
        Packages = [package, "gcc", "libc6-dev"],
        Needs = ["gcc", header],
    };

    private static Server Hub(string hub) => new(hub, ["dotnet", Place.Assembly("HubPeer"), "{mode}", hub])
    {
        Build = static () => Bench.Build.Dotnet("peers/hub/HubPeer.csproj", Place.Assembly("HubPeer")),
        Packages = hub == "libevent" ? ["libevent-core-2.1-7"] : [],
        Needs = hub == "libevent" ? ["/usr/lib/*/libevent_core-2.1.so.*"] : [],
        IsDotnet = true,
    };

    private static Server Sockets(string name, bool inline) => new(name, ["dotnet", Place.Assembly("DotnetPeer"), "{mode}"])
    {
        Build = static () => Bench.Build.Dotnet("peers/dotnet/DotnetPeer.csproj", Place.Assembly("DotnetPeer")),
        IsDotnet = true,
        Environment = inline ? ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1"] : [],
    };

    private static Server Go() => new("go", [Path.Combine(Place.Out, "go-server"), "{mode}"])
    {
        Build = static () => Bench.Build.Go("peers/go/server.go", "go-server"),
        Packages = ["golang-go"],
        Needs = ["go"],
        Environment = ["GOMAXPROCS=1"],
    };

    private static Server PythonPeer(string library) => new(library, [Python, Path.Combine(Place.Bench, "peers/python/server.py"), "{mode}", library])
    {
        Packages = ["python3-" + library],
        Needs = [Python, $"/usr/lib/python3/dist-packages/{library}"],
    };
}
