using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// event2/event.h of libevent 2.1, on Unix, where evutil_socket_t is an int. struct event and the rest are opaque: libevent says how large an event is.
/// </summary>
internal static unsafe partial class Libevent
{
    /// <summary>What the imports below name. It is found as it stands also where the program has a resolver of its own; else ours tries <see cref="FileNames"/>.</summary>
    internal const string Library = "libevent_core-2.1.so.7";

    /// <summary>2.1.0, in the form of event_get_version_number.</summary>
    internal const uint Oldest = 0x02010000;

    internal const short EV_READ = 0x02;
    internal const short EV_WRITE = 0x04;
    internal const short EV_PERSIST = 0x10;
    internal const short EV_CLOSED = 0x80;
    internal const int EV_FEATURE_EARLY_CLOSE = 0x08;
    internal const int EVLOOP_ONCE = 0x01;
    internal const int EVLOOP_NONBLOCK = 0x02;
    internal const int EVENT_BASE_FLAG_NOLOCK = 0x01;
    internal const int EVENT_BASE_FLAG_PRECISE_TIMER = 0x20;

    /// <summary>The files that hold it, best first: the part that is needed or all of it, by the name of this ABI, by that of early 2.1, or by a developer's link.</summary>
    internal static IEnumerable<string> FileNames => OperatingSystem.IsMacOS()
        ? ["libevent_core-2.1.7.dylib", "libevent_core.dylib", "/opt/homebrew/lib/libevent_core.dylib", "/usr/local/lib/libevent_core.dylib"]
        : ["libevent_core-2.1.so.7", "libevent-2.1.so.7", "libevent_core-2.1.so.6", "libevent-2.1.so.6", "libevent_core.so", "libevent.so"];

    [LibraryImport(Library)]
    internal static partial uint event_get_version_number();

    [LibraryImport(Library)]
    internal static partial byte* event_get_version();

    [LibraryImport(Library)]
    internal static partial void event_set_log_callback(delegate* unmanaged[Cdecl]<int, byte*, void> callback);

    [LibraryImport(Library)]
    internal static partial nint event_config_new();

    [LibraryImport(Library)]
    internal static partial void event_config_free(nint config);

    [LibraryImport(Library)]
    internal static partial int event_config_set_flag(nint config, int flag);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int event_config_avoid_method(nint config, string method);

    [LibraryImport(Library)]
    internal static partial nint event_base_new_with_config(nint config);

    [LibraryImport(Library)]
    internal static partial void event_base_free(nint @base);

    [LibraryImport(Library)]
    internal static partial byte* event_base_get_method(nint @base);

    [LibraryImport(Library)]
    internal static partial int event_base_get_features(nint @base);

    [LibraryImport(Library)]
    internal static partial int event_base_loop(nint @base, int flags);

    [LibraryImport(Library)]
    internal static partial int event_base_loopbreak(nint @base);

    [LibraryImport(Library)]
    internal static partial nuint event_get_struct_event_size();

    [LibraryImport(Library)]
    internal static partial int event_assign(void* @event, nint @base, int fd, short what, delegate* unmanaged[Cdecl]<int, short, void*, void> callback, void* argument);

    [LibraryImport(Library)]
    internal static partial short event_get_events(void* @event);

    [LibraryImport(Library)]
    internal static partial int event_add(void* @event, Timeval* timeout);

    [LibraryImport(Library)]
    internal static partial int event_del(void* @event);
}
