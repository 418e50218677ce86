using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>In what the systems differ.</summary>
internal interface IKqueueSystem
{
    static abstract int EntrySize { get; }

    static abstract short UserFilter { get; }
}

/// <summary>macOS and its kin.</summary>
internal readonly struct Darwin : IKqueueSystem
{
    /// <inheritdoc/>
    public static int EntrySize => Kevent.DarwinSize;

    /// <inheritdoc/>
    public static short UserFilter => Libc.EVFILT_USER_DARWIN;
}

/// <summary>FreeBSD 12 and later.</summary>
internal readonly struct FreeBsd : IKqueueSystem
{
    /// <inheritdoc/>
    public static int EntrySize => Kevent.FreeBsdSize;

    /// <inheritdoc/>
    public static short UserFilter => Libc.EVFILT_USER_FREEBSD;
}

/// <summary>The real ones.</summary>
internal readonly unsafe struct KqueueCalls<TSystem> : IKqueueCalls where TSystem : struct, IKqueueSystem
{
    /// <inheritdoc/>
    public static int EntrySize => TSystem.EntrySize;

    /// <inheritdoc/>
    public static short UserFilter => TSystem.UserFilter;

    /// <inheritdoc/>
    public int Create()
    {
        int kqueue = Errno.Result(Libc.kqueue());
        if (kqueue >= 0)
        {
            // A child of fork does not get it, but a program that another thread's exec starts would.
            _ = Libc.ioctl(kqueue, Libc.FIOCLEX);
        }

        return kqueue;
    }

    /// <inheritdoc/>
    public int Kevent(int kqueue, Kevent* changes, int changeCount, Kevent* events, int eventCount, Timespec* timeout) =>
        Errno.Result(Libc.kevent(kqueue, changes, changeCount, events, eventCount, timeout));

    /// <inheritdoc/>
    public int FileKind(int fd) => Stat.Kind(fd);

    /// <inheritdoc/>
    public bool IsTerminal(int fd) => Libc.isatty(fd) == 1;
}
