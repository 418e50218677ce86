namespace Eventlet.AspNetCore;

/// <summary>On which hub a connection lives; a feature of the connection, and of the requests that come over it.</summary>
public interface IHubFeature
{
    /// <summary>The hub whose thread does the socket work and, with <see cref="ApplicationScheduling.Hub"/>, runs the application.</summary>
    Hub Hub { get; }

    /// <summary>Where the application runs.</summary>
    ApplicationScheduling ApplicationScheduling { get; }
}
