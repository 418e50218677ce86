namespace Eventlet.Bench.Micro;

/// <summary>One small thing that is measured.</summary>
/// <param name="Name">What it is called in tables, and in the twins in Python.</param>
/// <param name="Count">How many make one measurement.</param>
/// <param name="OnHub">Does so many of it; runs as a greenthread.</param>
/// <param name="OnPool">The same with what .NET comes with; runs as a task on the thread pool.</param>
public sealed record Operation(string Name, int Count, Func<int, Task> OnHub, Func<int, Task> OnPool)
{
    public static IReadOnlyList<Operation> All { get; } = [.. Switching.All, .. Waiting.All];

    public override string ToString() => Name;
}
