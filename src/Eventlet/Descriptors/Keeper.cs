namespace Eventlet.Descriptors;

/// <summary>Who owns a descriptor for its life and announces its close: a socket of ours.</summary>
internal abstract class Keeper
{
    private volatile bool _isGone;

    /// <summary>Whether it has closed the descriptor, or is about to. Set before the close, so whoever has the number anew from the system finds it set.</summary>
    internal bool IsGone => _isGone;

    /// <summary>Says so. Any thread.</summary>
    internal void Go() => _isGone = true;
}
