using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>struct pollfd (poll.h), the same on every Unix.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    internal int Fd;
    internal short Events;
    internal short Revents;
}
