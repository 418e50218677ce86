namespace Eventlet;

/// <summary>How a child process has ended: by its own exit, or by a signal.</summary>
public readonly record struct SubprocessExit
{
    /// <summary>What it returned, 0 to 255; null if a signal ended it, or if somebody else in this process has taken its status (a library that waits for every child, or an ignored SIGCHLD).</summary>
    public int? ExitCode { get; init; }

    /// <summary>The number of the signal that ended it; null if none did.</summary>
    public int? Signal { get; init; }

    /// <summary>Whether it has returned 0.</summary>
    public bool IsSuccess => ExitCode == 0;

    /// <summary>The code as a shell shows it: 128 and the number for a signal, -1 where it is not known.</summary>
    public int ShellCode => ExitCode ?? (Signal is { } signal ? 128 + signal : -1);

    /// <inheritdoc/>
    public override string ToString() => ExitCode is { } code ? $"exit code {code}" : Signal is { } signal ? $"ended by signal {signal}" : "ended, nobody knows how";
}
