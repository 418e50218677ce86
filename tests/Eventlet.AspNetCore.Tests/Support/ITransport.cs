using Eventlet.AspNetCore;
using Microsoft.AspNetCore.Hosting;

namespace Eventlet.Tests.Support;

/// <summary>What Kestrel runs on, as a type parameter: the scenarios are the same for all, the stock transport included, which shows that they are right.</summary>
public interface ITransport
{
    /// <summary>Its name, for paths and messages.</summary>
    static abstract string Name { get; }

    /// <summary>The hub that it needs; null: none.</summary>
    static abstract string? HubName { get; }

    /// <summary>Whether the application runs on a hub.</summary>
    static abstract bool RunsOnHub { get; }

    /// <summary>Makes a host use it.</summary>
    static abstract void Use(IWebHostBuilder host, Action<HubTransportOptions>? configure);
}

/// <summary>The sockets transport that comes with Kestrel.</summary>
public sealed class Stock : ITransport
{
    /// <inheritdoc/>
    public static string Name => "stock";

    /// <inheritdoc/>
    public static string? HubName => null;

    /// <inheritdoc/>
    public static bool RunsOnHub => false;

    /// <inheritdoc/>
    public static void Use(IWebHostBuilder host, Action<HubTransportOptions>? configure)
    {
        var options = new HubTransportOptions();
        configure?.Invoke(options);
        host.UseSockets(stock =>
        {
            stock.MaxReadBufferSize = options.MaxReadBufferSize;
            stock.MaxWriteBufferSize = options.MaxWriteBufferSize;
            stock.Backlog = options.Backlog;
        });
    }
}

/// <summary>Two epoll hubs, the application on the thread pool.</summary>
public sealed class EpollPool : ITransport
{
    /// <inheritdoc/>
    public static string Name => "epoll-pool";

    /// <inheritdoc/>
    public static string? HubName => "epoll";

    /// <inheritdoc/>
    public static bool RunsOnHub => false;

    /// <inheritdoc/>
    public static void Use(IWebHostBuilder host, Action<HubTransportOptions>? configure) => OnHubs.Use(host, HubName!, ApplicationScheduling.ThreadPool, configure);
}

/// <summary>Two epoll hubs, the application on them.</summary>
public sealed class EpollHub : ITransport
{
    /// <inheritdoc/>
    public static string Name => "epoll-hub";

    /// <inheritdoc/>
    public static string? HubName => "epoll";

    /// <inheritdoc/>
    public static bool RunsOnHub => true;

    /// <inheritdoc/>
    public static void Use(IWebHostBuilder host, Action<HubTransportOptions>? configure) => OnHubs.Use(host, HubName!, ApplicationScheduling.Hub, configure);
}

/// <summary>Two io_uring hubs, the application on the thread pool.</summary>
public sealed class IoUringPool : ITransport
{
    /// <inheritdoc/>
    public static string Name => "io_uring-pool";

    /// <inheritdoc/>
    public static string? HubName => "io_uring";

    /// <inheritdoc/>
    public static bool RunsOnHub => false;

    /// <inheritdoc/>
    public static void Use(IWebHostBuilder host, Action<HubTransportOptions>? configure) => OnHubs.Use(host, HubName!, ApplicationScheduling.ThreadPool, configure);
}

/// <summary>Two io_uring hubs, the application on them.</summary>
public sealed class IoUringHub : ITransport
{
    /// <inheritdoc/>
    public static string Name => "io_uring-hub";

    /// <inheritdoc/>
    public static string? HubName => "io_uring";

    /// <inheritdoc/>
    public static bool RunsOnHub => true;

    /// <inheritdoc/>
    public static void Use(IWebHostBuilder host, Action<HubTransportOptions>? configure) => OnHubs.Use(host, HubName!, ApplicationScheduling.Hub, configure);
}

internal static class OnHubs
{
    internal static void Use(IWebHostBuilder host, string hub, ApplicationScheduling scheduling, Action<HubTransportOptions>? configure) => host.UseHubs(options =>
    {
        options.Hub = hub;
        options.Hubs = 2;
        options.ApplicationScheduling = scheduling;
        configure?.Invoke(options);
    });
}
