using static Eventlet.Interop.Libc;

namespace Eventlet.Backends;

/// <summary>Interest and readiness as the event bits of poll, which are those of epoll, too (linux/eventpoll.h).</summary>
internal static class PollBits
{
    private const uint Read = EPOLLIN | EPOLLPRI | EPOLLRDHUP;

    /// <summary>Bit 13 means the end of the peer's half on Linux only.</summary>
    internal static bool HasReadEnd => OperatingSystem.IsLinux();

    internal static uint Of(Interest interest) =>
        ((interest & Interest.Read) == 0 ? 0 : HasReadEnd ? Read : Read & ~EPOLLRDHUP)
        | ((interest & Interest.Write) == 0 ? 0 : EPOLLOUT);

    internal static Readiness What(uint bits) =>
        ((bits & Read) == 0 ? 0 : Readiness.Read)
        | ((bits & EPOLLOUT) == 0 ? 0 : Readiness.Write)
        | ((bits & EPOLLHUP) == 0 ? 0 : Readiness.HangUp)
        | ((bits & EPOLLERR) == 0 ? 0 : Readiness.Error)
        | ((bits & POLLNVAL) == 0 ? 0 : Readiness.Invalid)
        | ((bits & EPOLLRDHUP) == 0 ? 0 : Readiness.ReadEnd)
        | ((bits & EPOLLPRI) == 0 ? 0 : Readiness.Priority);
}
