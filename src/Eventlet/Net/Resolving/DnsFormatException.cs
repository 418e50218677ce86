namespace Eventlet.Net.Resolving;

/// <summary>A message or a name that breaks the rules of RFC 1035. It never leaves the resolver: what is malformed is no answer.</summary>
internal sealed class DnsFormatException(string message) : FormatException(message);
