namespace Eventlet.Bench;

/// <summary>One kind of server that takes part.</summary>
/// <param name="Name">What it is called on the command line and in tables.</param>
/// <param name="Command">Program and arguments; the mode (echo, broadcast, udp) stands for <c>{mode}</c>.</param>
public sealed record Server(string Name, IReadOnlyList<string> Command)
{
    /// <summary>What it can do.</summary>
    public IReadOnlyList<string> Modes { get; init; } = ["echo", "broadcast", "udp"];

    /// <summary>Makes the program, if it has to be made.</summary>
    public Action? Build { get; init; }

    /// <summary>Debian packages that it needs.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Commands and files (with wildcards in the names) that tell that the packages are there.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Whether it answers the probe: bytes allocated and uses of the thread pool.</summary>
    public bool IsDotnet { get; init; }

    /// <summary>Variables to set, NAME=VALUE.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
}
