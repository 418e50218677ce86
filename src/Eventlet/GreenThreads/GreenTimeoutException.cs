namespace Eventlet;

/// <summary>A wait took longer than it was given.</summary>
public class GreenTimeoutException : TimeoutException
{
    /// <summary>The default text.</summary>
    public GreenTimeoutException() : base("timed out") { }

    /// <summary>A time-out with a text.</summary>
    public GreenTimeoutException(string message) : base(message) { }

    /// <summary>A time-out with a text and its cause.</summary>
    public GreenTimeoutException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>How long it was given, where that is known.</summary>
    public TimeSpan? Delay { get; init; }
}
