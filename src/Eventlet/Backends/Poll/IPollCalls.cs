using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The system calls of the poll backend, so that a test can put itself between. Each returns what the kernel does: a failure is the negative errno.</summary>
internal unsafe interface IPollCalls
{
    /// <summary>poll or ppoll.</summary>
    int Poll(PollFd* fds, int count, TimeSpan timeout);

    /// <summary>fcntl F_GETFD: -EBADF if the descriptor is not open.</summary>
    int GetFlags(int fd);
}
