namespace Eventlet.Testing.Cases;

/// <summary>Why a case does not apply to backends of some capabilities.</summary>
internal static class Needs
{
    internal static string? RegularFiles(BackendCapabilities capabilities) =>
        capabilities.RegularFiles ? null : "it takes no regular files (BackendCapabilities.RegularFiles)";

    internal static string? SeesClose(BackendCapabilities capabilities) =>
        capabilities.SeesClose ? null : "it does not see that a descriptor was closed (BackendCapabilities.SeesClose)";

    internal static string? MaxDescriptor(BackendCapabilities capabilities) =>
        capabilities.MaxDescriptor is not null ? null : "its descriptors have no limit but the process's own (BackendCapabilities.MaxDescriptor)";

    internal static string? OutOfBand(BackendCapabilities capabilities) =>
        capabilities.OutOfBand ? null : "it does not report urgent data (BackendCapabilities.OutOfBand)";

    internal static string? Repeats(BackendCapabilities capabilities) =>
        capabilities.Trigger == Trigger.Level ? null : "it does not repeat what it has reported (BackendCapabilities.Trigger)";
}
