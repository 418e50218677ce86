namespace Eventlet.Net;

/// <summary>Thrown by a handler of <see cref="GreenNet.ServeAsync(GreenSocket, Func{GreenSocket, Task}, int, CancellationToken)"/> to end the server normally.</summary>
public class StopServe : Exception
{
    /// <summary>The default text.</summary>
    public StopServe() : base("the server was asked to stop") { }

    /// <summary>A stop with a text.</summary>
    public StopServe(string message) : base(message) { }

    /// <summary>A stop with a text and its cause.</summary>
    public StopServe(string message, Exception? innerException) : base(message, innerException) { }
}
