namespace Eventlet.Tests.Support;

/// <summary>A hub that conformance tests run on, as a type parameter.</summary>
public interface IHubFixture
{
    /// <summary>The name that selects it.</summary>
    static abstract string HubName { get; }

    /// <summary>Whether this system can run it.</summary>
    /// <param name="whyNot">If not: the reason.</param>
    static abstract bool IsSupported(out string? whyNot);
}

/// <summary>epoll(7).</summary>
public sealed class EpollHub : IHubFixture
{
    /// <inheritdoc/>
    public static string HubName => "epoll";

    /// <inheritdoc/>
    public static bool IsSupported(out string? whyNot) => BuiltinHub.IsSupported(HubName, out whyNot);
}

/// <summary>io_uring(7).</summary>
public sealed class IoUringHub : IHubFixture
{
    /// <inheritdoc/>
    public static string HubName => "io_uring";

    /// <inheritdoc/>
    public static bool IsSupported(out string? whyNot) => BuiltinHub.IsSupported(HubName, out whyNot);
}

/// <summary>poll(2).</summary>
public sealed class PollHub : IHubFixture
{
    /// <inheritdoc/>
    public static string HubName => "poll";

    /// <inheritdoc/>
    public static bool IsSupported(out string? whyNot) => BuiltinHub.IsSupported(HubName, out whyNot);
}

/// <summary>select(2).</summary>
public sealed class SelectHub : IHubFixture
{
    /// <inheritdoc/>
    public static string HubName => "select";

    /// <inheritdoc/>
    public static bool IsSupported(out string? whyNot) => BuiltinHub.IsSupported(HubName, out whyNot);
}

/// <summary>libevent 2.1.</summary>
public sealed class LibeventHub : IHubFixture
{
    /// <inheritdoc/>
    public static string HubName => "libevent";

    /// <inheritdoc/>
    public static bool IsSupported(out string? whyNot) => BuiltinHub.IsSupported(HubName, out whyNot);
}

internal static class BuiltinHub
{
    internal static bool IsSupported(string name, out string? whyNot)
    {
        whyNot = "it is not built in";
        return Hubs.Builtin.FirstOrDefault(f => f.Name == name) is { } factory && factory.IsAvailable(out whyNot);
    }
}
