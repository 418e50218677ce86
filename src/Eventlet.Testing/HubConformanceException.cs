namespace Eventlet.Testing;

/// <summary>A backend does not do what the contract says. The message names the member, the promise that was broken, and what was seen instead.</summary>
public sealed class HubConformanceException : Exception
{
    /// <summary>A broken promise.</summary>
    /// <param name="message">Which, and what was seen instead.</param>
    /// <param name="innerException">What the backend threw, if that is what it did.</param>
    public HubConformanceException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }

    internal HubConformanceException(HubCase broken, string hub, string seen, Exception? innerException = null)
        : base($"the hub '{hub}' breaks a promise of {broken.Member} ({broken.Promise}): {seen} [case {broken.Name}]", innerException) => Case = broken;

    /// <summary>The case that failed; null if the exception was made outside of one.</summary>
    public HubCase? Case { get; }
}
