using System.Runtime.InteropServices;
using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>
/// An event base and the native memory that its callbacks see: a watch for each descriptor that was ever registered, with libevent's own event behind
/// it, and the batch that they write to. All of it goes with the base, in this order, on whichever thread that happens.
/// </summary>
internal sealed unsafe class LibeventBase : SafeHandle
{
    private readonly nuint _watchSize = (nuint)sizeof(Watch) + Libevent.event_get_struct_event_size();
    private nint[] _watches = new nint[64];

    /// <summary>Makes a base.</summary>
    /// <param name="avoid">Methods that it must not use.</param>
    /// <exception cref="IOException">The system refused.</exception>
    internal LibeventBase(ReadOnlySpan<string> avoid) : base(0, ownsHandle: true)
    {
        LibeventLibrary.ClearError();
        nint config = Libevent.event_config_new();
        if (config != 0)
        {
            // No lock: the base is its hub's thread's alone. The precise clock, since the coarse one lags behind by up to a tick of
            // the kernel, which would end waits too early.
            _ = Libevent.event_config_set_flag(config, Libevent.EVENT_BASE_FLAG_NOLOCK);
            _ = Libevent.event_config_set_flag(config, Libevent.EVENT_BASE_FLAG_PRECISE_TIMER);
            foreach (string method in avoid)
            {
                _ = Libevent.event_config_avoid_method(config, method);
            }

            SetHandle(Libevent.event_base_new_with_config(config));
            Libevent.event_config_free(config);
        }

        if (IsInvalid)
        {
            throw Errno.ToException(LibeventLibrary.LastError(), "libevent: event_base_new_with_config");
        }

        Batch = (Batch*)NativeMemory.AllocZeroed((nuint)sizeof(Batch));
        Batch->Base = handle;
        Timer = NewWatch();
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The base; means nothing once this is closed.</summary>
    internal nint Value => handle;

    internal Batch* Batch { get; }

    /// <summary>A watch without a descriptor.</summary>
    internal Watch* Timer { get; }

    /// <summary>One more than the highest descriptor that may have a watch.</summary>
    internal int Limit => _watches.Length;

    /// <summary>The name of what it multiplexes with, in libevent's words.</summary>
    internal string Method => Marshal.PtrToStringUTF8((nint)Libevent.event_base_get_method(handle))!;

    /// <summary>The watch of a descriptor; null if it never had one.</summary>
    internal Watch* Find(int fd) => (uint)fd < (uint)_watches.Length ? (Watch*)_watches[fd] : null;

    /// <summary>The watch of a descriptor, made if need be.</summary>
    internal Watch* Of(int fd)
    {
        if (fd >= _watches.Length)
        {
            Array.Resize(ref _watches, Math.Max(fd + 1, _watches.Length * 2));
        }

        Watch* watch = (Watch*)_watches[fd];
        if (watch == null)
        {
            watch = NewWatch();
            _watches[fd] = (nint)watch;
        }

        return watch;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        // The base looks at the events that are still in it: their memory goes afterwards.
        Libevent.event_base_free(handle);
        foreach (nint watch in _watches)
        {
            NativeMemory.Free((void*)watch);
        }

        NativeMemory.Free(Timer);
        NativeMemory.Free(Batch);
        return true;
    }

    private Watch* NewWatch()
    {
        Watch* watch = (Watch*)NativeMemory.AllocZeroed(_watchSize);
        watch->Batch = Batch;
        return watch;
    }
}

/// <summary>Where callbacks leave what they are told.</summary>
internal unsafe struct Batch
{
    internal ReadyEvent* Next;
    internal ReadyEvent* End;
    internal nint Base;
    internal bool IsWoken;
}

/// <summary>What a callback is given; libevent's struct event follows it.</summary>
internal unsafe struct Watch
{
    internal Batch* Batch;
    internal ulong Token;
    internal bool IsAdded;

    /// <summary>Which file the number meant when it was added.</summary>
    internal FileIdentity File;

    /// <summary>libevent's part.</summary>
    internal static void* Event(Watch* watch) => watch + 1;
}
