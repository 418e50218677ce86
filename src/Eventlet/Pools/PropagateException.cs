namespace Eventlet;

/// <summary>A task of a <see cref="DagPool{TKey, T}"/> has failed; thrown where its value is read. A chain of inner ones leads to the failure.</summary>
public class PropagateException : Exception
{
    /// <summary>The default text.</summary>
    public PropagateException() : base("a task has failed") { }

    /// <summary>An error with a text.</summary>
    public PropagateException(string message) : base(message) { }

    /// <summary>An error with a text and its cause.</summary>
    public PropagateException(string message, Exception? innerException) : base(message, innerException) { }

    internal PropagateException(object key, Exception error) : base($"the task of the key {key} has failed: {error.Message}", error) => Key = key;

    /// <summary>The key whose task has failed.</summary>
    public object? Key { get; }
}
