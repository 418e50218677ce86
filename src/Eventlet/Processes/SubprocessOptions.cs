namespace Eventlet;

/// <summary>How a child process is started.</summary>
public sealed class SubprocessOptions
{
    /// <summary>What to run: a path if it contains a slash, relative to the child's working directory; else it is looked for in the child's PATH.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments, each handed over as it is: there is no shell. Default: none.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Its environment, as a whole. Default, null: a copy of this process's.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Its working directory. Default, null: this process's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Its standard input. Default: a pipe.</summary>
    public SubprocessRedirect StandardInput { get; init; } = SubprocessRedirect.Pipe;

    /// <summary>Its standard output. Default: a pipe.</summary>
    public SubprocessRedirect StandardOutput { get; init; } = SubprocessRedirect.Pipe;

    /// <summary>Its standard error stream. Default: a pipe.</summary>
    public SubprocessRedirect StandardError { get; init; } = SubprocessRedirect.Pipe;

    /// <summary>Whether to do without pidfds, as on a kernel that has none: for tests.</summary>
    internal bool WithoutPidfd { get; init; }
}
