namespace Eventlet;

/// <summary>The descriptor or socket that was waited for is closed, or its number now means something else.</summary>
public class IOClosedException : IOException
{
    /// <summary>The default text.</summary>
    public IOClosedException() : base("operation on a closed descriptor") { }

    /// <summary>An error with a text.</summary>
    public IOClosedException(string message) : base(message) { }

    /// <summary>An error with a text and its cause.</summary>
    public IOClosedException(string message, Exception? innerException) : base(message, innerException) { }
}
