namespace Eventlet.Backends;

/// <summary>The hubs of this library.</summary>
internal static class BuiltinHubs
{
    /// <summary>How many, from the front of <see cref="All"/>, are taken unasked if available; the rest only by name.</summary>
    internal const int DefaultCount = 4;

    /// <summary>All, in order of preference.</summary>
    internal static IReadOnlyList<HubFactory> All { get; } =
    [
        new EpollHubFactory(),
        new KqueueHubFactory(),
        new PollHubFactory(),
        new SelectHubFactory(),
        new IoUringHubFactory(),
        new LibeventHubFactory(),
    ];
}
