using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eventlet.Diagnostics;
using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>
/// Finds the native library when it is first needed, and takes its messages. libevent writes warnings to standard error unless it is given a
/// callback, one for the process; a library must not write to its user's terminal, so they become events of the event source "Eventlet-Hub".
/// </summary>
internal static unsafe class LibeventLibrary
{
    private static readonly Lock s_lock = new();
    private static bool s_hasResolver;
    private static bool s_isReady;

    /// <summary>errno at the last warning on this thread: libevent's functions themselves return no more than -1.</summary>
    [ThreadStatic]
    private static int t_errno;

    /// <summary>The version that was found.</summary>
    internal static string Version => Marshal.PtrToStringUTF8((nint)Libevent.event_get_version())!;

    /// <summary>Loads it, or makes sure that it is loaded.</summary>
    /// <exception cref="DllNotFoundException">It is not installed.</exception>
    /// <exception cref="HubException">It is too old, or this assembly may be unloaded.</exception>
    internal static void Load()
    {
        lock (s_lock)
        {
            if (s_isReady)
            {
                return;
            }

            if (!s_hasResolver)
            {
                SetResolver();
                s_hasResolver = true;
            }

            if (Libevent.event_get_version_number() < Libevent.Oldest)
            {
                throw new HubException($"libevent {Version} is too old: 2.1 is needed");
            }

            if (typeof(LibeventLibrary).Assembly.IsCollectible)
            {
                throw new HubException("libevent keeps a callback for the life of the process, and this copy of the library may be unloaded before");
            }

            Libevent.event_set_log_callback(&OnMessage);
            s_isReady = true;
        }
    }

    /// <summary>Forgets the error of an earlier call.</summary>
    internal static void ClearError() => t_errno = 0;

    /// <summary>The error number that the last failed call warned of since <see cref="ClearError"/>; EINVAL if it did not.</summary>
    internal static int LastError() => t_errno == 0 ? Errno.EINVAL : t_errno;

    private static void SetResolver()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Libevent).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The program has a resolver of its own for this assembly: where libraries are is then its business.
        }
    }

    /// <summary>Where libevent is, and nothing for other names: an assembly has one resolver, so another one has to ask this.</summary>
    internal static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name == Libevent.Library)
        {
            foreach (string file in Libevent.FileNames)
            {
                if (NativeLibrary.TryLoad(file, assembly, searchPath, out nint handle))
                {
                    return handle;
                }
            }
        }

        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMessage(int severity, byte* text)
    {
        // First of all: what follows may change it.
        t_errno = Marshal.GetLastSystemError();
        try
        {
            if (HubEventSource.Log.IsEnabled())
            {
                HubEventSource.Log.BackendWarning("libevent", Marshal.PtrToStringUTF8((nint)text) ?? "");
            }
        }
        catch (Exception)
        {
            // A listener's failure must not unwind libevent's frames, and the call that failed reports its own error.
        }
    }
}
