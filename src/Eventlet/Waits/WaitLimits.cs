namespace Eventlet.Waits;

/// <summary>What besides its own deadline may end a wait from around it, and where it was begun from outside: few waits have any of it. It stays with its wait, in the pool too.</summary>
internal sealed class WaitLimits
{
    internal CancellationToken Token;
    internal CancellationTokenRegistration Registration;

    /// <summary>The innermost time-out scope around it.</summary>
    internal GreenTimeout? Scope;

    /// <summary>The scope whose deadline the timer is armed for, if it is not the wait's own.</summary>
    internal GreenTimeout? DueScope;

    /// <summary>Where the result goes when no greenthread of this hub waits for it.</summary>
    internal OutsideWait? Outside;

    internal void Clear()
    {
        Token = default;
        Registration = default;
        Scope = null;
        DueScope = null;
        Outside = null;
    }
}
