namespace Eventlet;

/// <summary>A hub whose thread has been kept by one step for too long.</summary>
/// <remarks>
/// .NET has no way to take the stack of a thread that runs, short of a debugger (dotnet-stack, dotnet-dump). What is known without one is where the step entered the user's
/// code: <see cref="Method"/>. What blocks was called from there.
/// </remarks>
/// <param name="Hub">The hub.</param>
/// <param name="GreenThread">The greenthread that keeps it; null: a callback.</param>
/// <param name="Duration">For how long so far, at least.</param>
public sealed record BlockedHub(Hub Hub, GreenThread? GreenThread, TimeSpan Duration)
{
    /// <summary>The method that the step went on with: the innermost async method of the greenthread, or the callback. Null if its name is not known, in a trimmed program for instance.</summary>
    public string? Method { get; init; }

    /// <summary>Where the greenthread was spawned, as a stack; null unless <see cref="HubDebug.GreenThreadTracebacks"/> was on then.</summary>
    public string? SpawnPlace { get; init; }
}
