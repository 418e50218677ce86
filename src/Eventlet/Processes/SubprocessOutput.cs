namespace Eventlet;

/// <summary>What a child process has left.</summary>
/// <param name="Exit">How it ended.</param>
/// <param name="Output">What it wrote to its standard output, if that is a pipe.</param>
/// <param name="Error">What it wrote to its standard error stream, if that is a pipe.</param>
public sealed record SubprocessOutput(SubprocessExit Exit, ReadOnlyMemory<byte> Output, ReadOnlyMemory<byte> Error);
