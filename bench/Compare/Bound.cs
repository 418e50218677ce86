namespace Eventlet.Bench;

/// <summary>What a measured ratio tells of the true one.</summary>
public enum Bound
{
    Exact,

    /// <summary>The true one is not less: the client was the limit of what is above the line.</summary>
    AtLeast,

    /// <summary>The true one is not more: the client was the limit of what is below it.</summary>
    AtMost,
}
