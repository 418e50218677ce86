using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The system calls of the epoll backend, so that a test can put itself between. Each returns what the kernel does: a failure is the negative errno.</summary>
internal unsafe interface IEpollCalls
{
    /// <summary>epoll_create1, close-on-exec.</summary>
    int Create();

    /// <summary>epoll_ctl.</summary>
    int Control(int epoll, int operation, int fd, byte* @event);

    /// <summary>epoll_wait; milliseconds, -1 is infinite.</summary>
    int Wait(int epoll, byte* events, int capacity, int milliseconds);

    /// <summary>epoll_pwait2.</summary>
    int Wait(int epoll, byte* events, int capacity, in Timespec timeout);
}
