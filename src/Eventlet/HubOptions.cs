namespace Eventlet;

/// <summary>How a hub is made.</summary>
public sealed class HubOptions
{
    /// <summary>
    /// The hub's clock; only its monotonic timestamp is used. Default: <see cref="TimeProvider.System"/>. With another one the hub
    /// also arms a timer of that clock for its next deadline, so that a clock moved by hand wakes it.
    /// </summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The name of the thread that the hub starts for itself. Default: "hub" and the backend's name.</summary>
    public string? ThreadName { get; init; }

    /// <summary>
    /// Takes errors that nobody waits for when <see cref="Hub.UnhandledException"/> has no subscriber. Default: one report to
    /// standard error. Called on the hub's thread, or on any other if the hub is gone.
    /// </summary>
    public Action<Exception>? OnUnhandled { get; init; }
}
