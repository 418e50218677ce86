using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>
/// The system calls of the kqueue backend and what differs between systems, so that a test can put itself in their place. Each call returns what the
/// kernel does: a failure is the negative errno.
/// </summary>
internal unsafe interface IKqueueCalls
{
    /// <summary>The distance between two entries of an array of <see cref="Kevent"/>.</summary>
    static abstract int EntrySize { get; }

    /// <summary>EVFILT_USER.</summary>
    static abstract short UserFilter { get; }

    /// <summary>kqueue, close-on-exec.</summary>
    int Create();

    /// <summary>kevent; without a time-out it waits for ever. Any thread.</summary>
    int Kevent(int kqueue, Kevent* changes, int changeCount, Kevent* events, int eventCount, Timespec* timeout);

    /// <summary>The kind of a descriptor's file: S_IFMT's bits of its mode.</summary>
    int FileKind(int fd);

    /// <summary>Whether a descriptor is a terminal.</summary>
    bool IsTerminal(int fd);
}
