namespace Eventlet.Backends;

/// <summary>The system calls of the select backend, so that a test can put itself between. Each returns what the kernel does: a failure is the negative errno.</summary>
internal unsafe interface ISelectCalls
{
    /// <summary>pselect; the sets are arrays of words.</summary>
    int Select(int limit, nuint* read, nuint* write, nuint* except, TimeSpan timeout);

    /// <summary>fcntl F_GETFD: -EBADF if the descriptor is not open.</summary>
    int GetFlags(int fd);
}
