using System.Runtime.InteropServices;

namespace Eventlet.Interop;

/// <summary>
/// sys/socket.h; values of Linux. To learn what a descriptor is, ask a socket for SO_TYPE (ENOTSOCK says that it is none), then for
/// SO_DOMAIN, SO_PROTOCOL and SO_ACCEPTCONN: no struct stat, whose layout differs by architecture, is needed.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int AF_UNIX = 1;
    internal const int AF_INET = 2;
    internal const int AF_INET6 = 10;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_SEQPACKET = 5;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SO_REUSEADDR = 2;
    internal const int SO_TYPE = 3;
    internal const int SO_ERROR = 4;
    internal const int SO_SNDBUF = 7;
    internal const int SO_RCVBUF = 8;
    internal const int SO_KEEPALIVE = 9;
    internal const int SO_LINGER = 13;
    internal const int SO_REUSEPORT = 15;
    internal const int SO_ACCEPTCONN = 30;
    internal const int SO_PROTOCOL = 38;
    internal const int SO_DOMAIN = 39;
    internal const int IPPROTO_TCP = 6;
    internal const int IPPROTO_IPV6 = 41;
    internal const int TCP_NODELAY = 1;
    internal const int IPV6_V6ONLY = 26;
    internal const int SHUT_RD = 0;
    internal const int SHUT_WR = 1;
    internal const int SHUT_RDWR = 2;
    internal const int MSG_OOB = 0x1;
    internal const int MSG_PEEK = 0x2;
    internal const int MSG_TRUNC = 0x20;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_WAITALL = 0x100;
    internal const int MSG_NOSIGNAL = 0x4000;

    [LibraryImport("libc")]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc")]
    internal static partial int socketpair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc")]
    internal static partial int bind(int fd, byte* address, uint length);

    [LibraryImport("libc")]
    internal static partial int listen(int fd, int backlog);

    [LibraryImport("libc")]
    internal static partial int accept4(int fd, byte* address, uint* length, int flags);

    [LibraryImport("libc")]
    internal static partial int connect(int fd, byte* address, uint length);

    [LibraryImport("libc")]
    internal static partial int shutdown(int fd, int how);

    [LibraryImport("libc")]
    internal static partial int getsockname(int fd, byte* address, uint* length);

    [LibraryImport("libc")]
    internal static partial int getpeername(int fd, byte* address, uint* length);

    [LibraryImport("libc")]
    internal static partial int getsockopt(int fd, int level, int option, byte* value, uint* length);

    [LibraryImport("libc")]
    internal static partial int setsockopt(int fd, int level, int option, byte* value, uint length);

    [LibraryImport("libc")]
    internal static partial nint recv(int fd, byte* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    internal static partial nint recvfrom(int fd, byte* buffer, nuint length, int flags, byte* address, uint* addressLength);

    [LibraryImport("libc")]
    internal static partial nint send(int fd, byte* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    internal static partial nint sendto(int fd, byte* buffer, nuint length, int flags, byte* address, uint addressLength);

    [LibraryImport("libc")]
    internal static partial nint recvmsg(int fd, MessageHeader* message, int flags);

    [LibraryImport("libc")]
    internal static partial nint sendmsg(int fd, MessageHeader* message, int flags);
}
