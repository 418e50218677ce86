namespace Eventlet;

/// <summary>What exceptions need that reach a greenthread or end it; most never do. Hub thread, but for what any thread may do: the token and a Kill before the beginning.</summary>
internal sealed class GreenThreadTrouble
{
    /// <summary>What its next wait raises.</summary>
    internal Exception? Pending;

    /// <summary>What waits that stand in the ready queue have failed with.</summary>
    internal Exception? OnItsWay;

    internal Exception? KillError;
    internal CancellationTokenSource? TokenSource;

    /// <summary>What ended it, if not the end of its body.</summary>
    internal Exception? EndError;

    /// <summary>Reports that, unless somebody asks for it.</summary>
    internal UnobservedFailure? Unobserved;
}
