namespace Eventlet.Bench;

/// <summary>The comparison cannot go on; the message says why, to the user.</summary>
public sealed class BenchException(string message) : Exception(message);
