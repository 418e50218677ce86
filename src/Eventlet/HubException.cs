namespace Eventlet;

/// <summary>A hub cannot be had, was disposed, or failed in its own wait call.</summary>
public class HubException : Exception
{
    /// <summary>An error without a text of its own.</summary>
    public HubException() : base("the hub failed") { }

    /// <summary>An error with a text.</summary>
    public HubException(string message) : base(message) { }

    /// <summary>An error with a text and its cause.</summary>
    public HubException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>What everybody gets who waits for a hub that was dropped, or calls it later.</summary>
    internal static HubException Disposed() => new("hub disposed");

    /// <summary>
    /// The same fault for one more who is told. An exception object gathers the stack of each who rethrows it: shared among thousands of waiters, everybody
    /// would be shown the others' stacks.
    /// </summary>
    internal HubException ForOneMore() => new(Message, InnerException);
}
