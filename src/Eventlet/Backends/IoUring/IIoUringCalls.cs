using Eventlet.Interop;

namespace Eventlet.Backends;

/// <summary>The system calls of the io_uring backend, so that a test can put itself between. Each returns what the kernel does: a failure is the negative errno.</summary>
internal unsafe interface IIoUringCalls
{
    /// <summary>io_uring_setup; the descriptor is close-on-exec.</summary>
    int Setup(uint entries, IoUringParams* parameters);

    /// <summary>io_uring_enter.</summary>
    int Enter(int ring, uint submit, uint complete, uint flags, void* argument, int size);

    /// <summary>io_uring_register.</summary>
    int Register(int ring, uint operation, void* argument, uint count);

    /// <summary>fcntl F_GETFL: whether a descriptor is open.</summary>
    int GetFlags(int fd);

    /// <summary>Sleeps: what the kernel has no memory for is put off.</summary>
    void Pause(TimeSpan duration);
}
