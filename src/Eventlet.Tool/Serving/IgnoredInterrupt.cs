using System.Runtime.InteropServices;

namespace Eventlet.Tool.Serving;

/// <summary>SIGINT for a server that was started without job control.</summary>
internal static partial class IgnoredInterrupt
{
    private const int SigInt = 2;
    private const nint SigDfl = 0;

    /// <summary>A shell without job control starts background processes with SIGINT ignored, and .NET leaves what it finds ignored.</summary>
    internal static void Restore()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = signal(SigInt, SigDfl);
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint signal(int number, nint handler);
}
