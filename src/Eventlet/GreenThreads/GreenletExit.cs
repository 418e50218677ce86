namespace Eventlet;

/// <summary>
/// What <see cref="GreenThread.Kill"/> raises: it ends a greenthread quietly. Awaiting a <see cref="GreenThread"/> that it has ended returns;
/// awaiting a <see cref="GreenThread{T}"/> throws it, since there is no value.
/// </summary>
public class GreenletExit : Exception
{
    /// <summary>The default text.</summary>
    public GreenletExit() : base("the greenthread was killed") { }

    /// <summary>An exit with a text.</summary>
    public GreenletExit(string message) : base(message) { }

    /// <summary>An exit with a text and its cause.</summary>
    public GreenletExit(string message, Exception? innerException) : base(message, innerException) { }
}
