using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eventlet.Backends;

namespace Eventlet.Tests.Faults;

/// <summary>The calls that the seam knows; seam.c has the same order.</summary>
internal enum SystemCall
{
    Receive,
    Send,
    Accept,
    Connect,
    Shutdown,
    Close,
    GetSocketOption,
    Eventfd,
    Pipe,
    Read,
    Write,
    EpollCreate,
    EpollAdd,
    EpollModify,
    EpollDelete,
    Wait,
    GetDescriptorFlags,
    ReceiveFrom,
    SendTo,
    ReceiveMessage,
    SendMessage,
    GetFileFlags,
    RingSetup,

    /// <summary>Whether an operation that is handed to io_uring waits for readiness first, so that what befalls it does when it has waited. Asked with the operation as length.</summary>
    RingSubmit,

    /// <summary>Whether a cancellation that is handed to io_uring is lost.</summary>
    RingCancel,
}

/// <summary>
/// Stands between the library and the C library: what the library calls "libc" is resolved, in this process, to an object built from seam.c.
/// So every system call of the library can be made to fail as the system would, and the library itself has nothing built in for it.
/// </summary>
internal static unsafe partial class SystemCallSeam
{
    /// <summary>Said by a rule: make the call, then report this failure instead of what it returned.</summary>
    internal const int AfterCall = -10000;

    private static readonly Lock s_lock = new();
    private static string? s_path;
    private static string? s_whyNot;
    private static FaultScript? s_script;

    /// <summary>The object, for a child process to preload. Skips the test where it could not be built.</summary>
    internal static string Path
    {
        get
        {
            Require();
            return s_path!;
        }
    }

    /// <summary>Skips the test where there is no seam; fails it where continuous integration requires its hubs.</summary>
    internal static void Require()
    {
        bool isRequired = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("EVENTLET_REQUIRE_HUBS"));
        Assert.False(s_path is null && isRequired, $"no seam at the system calls: {s_whyNot}");
        Assert.SkipUnless(s_path is not null, $"no seam at the system calls: {s_whyNot}");
    }

    /// <summary>Has each system call of the library ask a script; null: no more.</summary>
    internal static void Use(FaultScript? script)
    {
        Require();
        lock (s_lock)
        {
            s_script = script;
            seam_ask(script is null ? null : &Ask);
        }
    }

    // Before anything of the library is called: a call that was bound once stays bound.
#pragma warning disable CA2255 // This is the one place that is early enough.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Install()
    {
        s_path = Build();
        if (s_path is not null)
        {
            NativeLibrary.SetDllImportResolver(typeof(Hub).Assembly, Resolve);
            NativeLibrary.SetDllImportResolver(typeof(SystemCallSeam).Assembly, Resolve);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? paths) =>
        name is "seam" || (name is "libc" && assembly == typeof(Hub).Assembly) ? NativeLibrary.Load(s_path!)
            : LibeventLibrary.Resolve(name, assembly, paths);

    private static string? Build()
    {
        string source = System.IO.Path.Combine(AppContext.BaseDirectory, "seam.c");
        string built = System.IO.Path.Combine(AppContext.BaseDirectory, "seam.so");
        if (File.GetLastWriteTimeUtc(built) > File.GetLastWriteTimeUtc(source))
        {
            return built;
        }

        // Under a name of its own until it is whole: two test processes may begin at once.
        string part = $"{built}.{Environment.ProcessId}";
        try
        {
            using Process gcc = Process.Start(new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O2", "-o", part, source, "-ldl"]) { RedirectStandardError = true })!;
            s_whyNot = gcc.StandardError.ReadToEnd();
            gcc.WaitForExit();
            if (gcc.ExitCode != 0)
            {
                return null;
            }

            File.Move(part, built, overwrite: true);
            return built;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            s_whyNot = $"gcc cannot be run ({error.Message})";
            return null;
        }
    }

    [UnmanagedCallersOnly]
    private static nint Ask(int call, int fd, nint length)
    {
        FaultScript? script = Volatile.Read(ref s_script);
        return script?.Decide((SystemCall)call, fd, (int)length) ?? 0;
    }

    [LibraryImport("seam")]
    private static partial void seam_ask(delegate* unmanaged<int, int, nint, nint> hook);
}
