namespace Eventlet;

/// <summary>A key of a <see cref="DagPool{TKey, T}"/> is used twice.</summary>
public class CollisionException : InvalidOperationException
{
    /// <summary>The default text.</summary>
    public CollisionException() : base("the key is taken") { }

    /// <summary>An error with a text.</summary>
    public CollisionException(string message) : base(message) { }

    /// <summary>An error with a text and its cause.</summary>
    public CollisionException(string message, Exception? innerException) : base(message, innerException) { }
}
