namespace Eventlet.Testing;

/// <summary>A case has found out while it ran that this system lacks what it needs.</summary>
internal sealed class NotApplicableException(string reason) : Exception(reason);
