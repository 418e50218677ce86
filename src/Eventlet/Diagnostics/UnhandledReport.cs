namespace Eventlet.Diagnostics;

/// <summary>The report of last resort, for programs that have said nothing about errors which nobody waits for.</summary>
internal static class UnhandledReport
{
#pragma warning disable RS0030 // The one place of the library that writes to the console: the default of HubOptions.OnUnhandled.
    internal static void ToStandardError(Exception error) =>
        Console.Error.WriteLine($"eventlet: nobody waits for this error (see Hub.UnhandledException): {error}");
#pragma warning restore RS0030
}
